import { ArrowLeftOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, App, Button, Popconfirm } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { moment, number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useChosenEnterprise } from "./LivePage";
import { clock } from "./marks";
import { ConfigureDialog, NewNodeDialog, TokenDialog } from "./NodeDialogs";
import { backlogOf, nodeState, troublesOf } from "./nodes";
import { useCloseNode, useEdgeNodes, useNewToken } from "./queries";
import type { EdgeNode, EdgeNodes, NewNode } from "./types";
import { useNow } from "./useNow";
import { words } from "./words";
import "./sensing.css";
import "./nodes.css";

/** The small computers on site: whether they are heard, what waits, and whether they are as they should be. */
export default function NodesPage() {
  const t = useWords(words);
  const { id, chooser, list } = useChosenEnterprise();
  return (
    <div className="page">
      <Link to={id ? `/live?enterprise=${id}` : "/live"} className="live-back">
        <ArrowLeftOutlined aria-hidden /> {t("channelBack")}
      </Link>
      <div className="page-head">
        <h1>{t("nodesTitle")}</h1>
        <span className="muted">{t("nodesLead")}</span>
      </div>
      {chooser}
      {id ? (
        <Nodes key={id} id={id} />
      ) : (
        <Loaded of={list}>{() => <EmptyState text={t(chooser ? "chooseWhy" : "noEnterprise")} />}</Loaded>
      )}
    </div>
  );
}

function Nodes({ id }: { id: string }) {
  const t = useWords(words);
  const found = useEdgeNodes(id);
  const mayManage = useMay("edge.manage");
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewNode | null>(null);
  return (
    <>
      {mayManage && (
        <Button
          className="gap-below"
          type="primary"
          icon={<PlusOutlined aria-hidden />}
          onClick={() => setAdding(true)}
        >
          {t("nodeAdd")}
        </Button>
      )}
      <Loaded of={found} rows={8}>
        {(all) =>
          all.nodes.length === 0 ? (
            <EmptyState text={t("nodesNone")}>
              <span className="muted">{t("nodesNoneWhy")}</span>
            </EmptyState>
          ) : (
            <ul className="node-list">
              {[...all.nodes]
                .sort((a, b) => Number(a.closed) - Number(b.closed))
                .map((node) => (
                  <NodeCard key={node.id} node={node} all={all} mayManage={mayManage} onToken={setMade} />
                ))}
            </ul>
          )
        }
      </Loaded>
      {adding && (
        <NewNodeDialog
          enterpriseId={id}
          onClose={() => setAdding(false)}
          onMade={(node) => {
            setAdding(false);
            setMade(node);
          }}
        />
      )}
      {made && <TokenDialog made={made} onClose={() => setMade(null)} />}
    </>
  );
}

interface NodeCardProps {
  node: EdgeNode;
  all: EdgeNodes;
  mayManage: boolean;
  onToken: (made: NewNode) => void;
}

const STATE_WORDS = {
  closed: "nodeClosed",
  waiting: "nodeWaiting",
  heard: "nodeHeard",
  lost: "nodeLost",
} as const;

function NodeCard({ node, all, mayManage, onToken }: NodeCardProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  const state = nodeState(node, useNow());
  const backlog = backlogOf(node);
  const health = troublesOf(node);
  const reported = Number(node.reported.desired_version ?? 0);
  const refused = Array.isArray(node.reported.refused) ? node.reported.refused.length : 0;
  const atWork = all.bundles.filter((bundle) =>
    (node.desired.bundles as string[] | undefined)?.includes(bundle.sha256),
  );
  return (
    <li className={node.closed ? "panel node-card node-closed" : "panel node-card"}>
      <div className="panel-head">
        <h2>{node.name}</h2>
        <span className={`node-state node-${state}`}>{t(STATE_WORDS[state])}</span>
        <span className="muted">{node.organisation_name}</span>
        {node.synthetic && <SyntheticTag />}
      </div>
      <dl className="pairs">
        <div>
          <dt>{t("lastSeen")}</dt>
          <dd className="num">{node.last_seen ? clock(node.last_seen) : t("never")}</dd>
        </div>
        {state === "waiting" && node.token_until && (
          <div>
            <dt>{t("nodeToken")}</dt>
            <dd>{t("nodeTokenUntil", { time: moment(node.token_until) })}</dd>
          </div>
        )}
        {health.version && (
          <div>
            <dt>{t("version")}</dt>
            <dd>{health.version}</dd>
          </div>
        )}
        <div>
          <dt>{t("backlog")}</dt>
          <dd className="num">
            {backlog.events + backlog.readings === 0
              ? t("backlogNone")
              : t("backlogOf", { events: backlog.events, readings: backlog.readings })}
            {backlog.missing > 0 && <div>{t("missing", { n: backlog.missing })}</div>}
            {backlog.gone > 0 && <div>{t("gone", { n: backlog.gone })}</div>}
            {backlog.thinned > 0 && <div>{t("thinned", { n: number(backlog.thinned, language) })}</div>}
          </dd>
        </div>
        <div>
          <dt>{t("configuration")}</dt>
          <dd>
            {node.desired_version === 0
              ? t("notDesired")
              : node.as_desired
                ? t("asDesired", { n: node.desired_version })
                : t("notAsDesired", { n: node.desired_version, m: reported })}
            {refused > 0 && <div className="form-error">{t("refusedBundles", { names: refused })}</div>}
          </dd>
        </div>
        <div>
          <dt>{t("bundles")}</dt>
          <dd>
            {atWork.length === 0
              ? t("bundlesNone")
              : atWork.map((bundle) => `${bundle.name} ${bundle.version}`).join(" · ")}
          </dd>
        </div>
        {health.channels !== null && (
          <div>
            <dt>{t("sensors")}</dt>
            <dd className="num">{t("nodeChannels", { n: health.channels, silent: health.silent })}</dd>
          </div>
        )}
        {health.connectors.length > 0 && (
          <div>
            <dt>{t("nodeConnectors")}</dt>
            <dd>
              {health.connectors.map((one) => (
                <div key={one.name} className={one.connected ? undefined : "form-error"}>
                  {t(one.connected ? "connectorOk" : "connectorLost", { name: one.name })}
                </div>
              ))}
            </dd>
          </div>
        )}
      </dl>
      {(health.diskFull || health.clockOff !== null) && (
        <Alert
          className="gap-below-small"
          type="warning"
          showIcon
          title={[
            health.diskFull && t("diskFull"),
            health.clockOff !== null && t("clockOff", { n: number(health.clockOff, language) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        />
      )}
      {mayManage && !node.closed && <NodeActions node={node} all={all} onToken={onToken} />}
    </li>
  );
}

function NodeActions({ node, all, onToken }: Omit<NodeCardProps, "mayManage">) {
  const t = useWords(words);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const token = useNewToken();
  const close = useCloseNode();
  const [configuring, setConfiguring] = useState(false);
  const failed = (error: unknown) => void message.error(errorText(error));
  return (
    <div className="node-actions">
      <Button size="small" onClick={() => setConfiguring(true)}>
        {t("configure")}
      </Button>
      <Button
        size="small"
        loading={token.isPending}
        onClick={() => token.mutate(node.id, { onSuccess: onToken, onError: failed })}
      >
        {t("newToken")}
      </Button>
      <Popconfirm
        title={t("closeNodeSure", { name: node.name })}
        okText={t("closeNode")}
        onConfirm={() =>
          close.mutate(node.id, {
            onSuccess: () => void message.success(t("nodeClosedDone", { name: node.name })),
            onError: failed,
          })
        }
      >
        <Button size="small" danger loading={close.isPending}>
          {t("closeNode")}
        </Button>
      </Popconfirm>
      {configuring && <ConfigureDialog node={node} all={all} onClose={() => setConfiguring(false)} />}
    </div>
  );
}
