import { AimOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { GraphChain, GraphFact, GraphNode, GraphNodeDetail } from "@/app/types";
import { FactorSign } from "./CircleList";
import { groupOf } from "./circle";
import { useBond, useCut, useGraphNode, useWays } from "./queries";
import { type Word, words } from "./words";

interface NodePanelProps {
  id: string;
  onOpen: (id: string) => void;
  onStart: (id: string) => void;
}
const STARTS_OF_WAYS = ["equipment", "part", "task", "material", "place", "cause", "hazard"];

/** A node: its facts with their sources, chains, cases and clauses, and the questions that fit it. */
export function NodePanel({ id, onOpen, onStart }: NodePanelProps) {
  const found = useGraphNode(id);
  return (
    <Loaded of={found} rows={12}>
      {(detail) => <Detail detail={detail} onOpen={onOpen} onStart={onStart} />}
    </Loaded>
  );
}

function Detail({ detail, onOpen, onStart }: { detail: GraphNodeDetail } & Omit<NodePanelProps, "id">) {
  const t = useWords(words);
  const pick = usePick();
  const { node } = detail;
  const group = groupOf(node);
  return (
    <div className="node-detail">
      <h2>{pick(node, "label")}</h2>
      <p className="muted">
        <FactorSign group={group} /> {t(group)} · {t(`kind_${node.kind}` as Word)}
      </p>
      {node.detail_zh.length > 12 && <p lang="zh-CN">{node.detail_zh}</p>}
      <Button size="small" icon={<AimOutlined />} onClick={() => onStart(node.id)}>
        {t("startHere")}
      </Button>
      {node.kind === "measure" && <Cut id={node.id} onOpen={onOpen} />}
      {STARTS_OF_WAYS.includes(node.kind) && <Ways id={node.id} onOpen={onOpen} />}
      {node.kind === "case" && <Bond id={node.id} onOpen={onOpen} />}
      <Facts detail={detail} onOpen={onOpen} />
      <h3>
        {t("chains")} <span className="muted num">{detail.chains_in_all}</span>
      </h3>
      {detail.chains.length === 0 && <p className="muted">{t("noChains")}</p>}
      <Chains chains={detail.chains} here={node.id} onOpen={onOpen} />
      <Cases detail={detail} />
      {detail.clauses.length > 0 && (
        <>
          <h3>{t("clauses")}</h3>
          <ul className="plain-list">
            {detail.clauses.map((clause) => (
              <li key={clause.id}>
                <NodeLink node={clause} onOpen={onOpen} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function NodeLink({ node, onOpen }: { node: GraphNode; onOpen: (id: string) => void }) {
  const pick = usePick();
  return (
    <button type="button" className="node-link" onClick={() => onOpen(node.id)}>
      {pick(node, "label")}
    </button>
  );
}

function Facts({ detail, onOpen }: { detail: GraphNodeDetail; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const others = new Map(detail.others.map((node) => [node.id, node]));
  return (
    <>
      <h3>
        {t("facts")}{" "}
        <span className="muted num">
          {t("factsMore", { n: detail.facts.length, all: detail.facts_in_all })}
        </span>
      </h3>
      <ul className="fact-list">
        {detail.facts.map((fact) => {
          const out = fact.source === detail.node.id;
          const other = others.get(out ? fact.target : fact.source) ?? detail.node;
          return (
            <li key={`${fact.source} ${fact.relation} ${fact.target} ${fact.origin}`}>
              <span className="fact-line">
                <span className="muted">
                  {out ? "→" : "←"} {t(`rel_${fact.relation}` as Word)}
                </span>{" "}
                <NodeLink node={other} onOpen={onOpen} />
              </span>
              <Source fact={fact} />
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Source({ fact }: { fact: GraphFact }) {
  const t = useWords(words);
  return (
    <details className="fact-source">
      <summary>
        <span className={fact.curated ? "fact-curated" : "fact-observed"}>
          {t(fact.curated ? "curated" : "observed")}
        </span>{" "}
        {t(`origin_${fact.origin}` as Word)} · {t("support", { n: fact.support })} ·{" "}
        {t("confidence", { p: percent(fact.confidence) })}
        {fact.valid_from && ` · ${t("since", { day: fact.valid_from })}`}
        {fact.valid_to && ` · ${t("until", { day: fact.valid_to })}`}
      </summary>
      <span className="muted">{t("sources")}: </span>
      {fact.provenance.map((one) => (
        <code key={one}>{one}</code>
      ))}
    </details>
  );
}

function Steps({ nodes, here, onOpen }: { nodes: GraphNode[]; here: string; onOpen: (id: string) => void }) {
  const pick = usePick();
  return (
    <span className="chain-steps">
      {nodes.map((node, index) => (
        <span key={node.id}>
          {index > 0 && (
            <span className="muted" aria-hidden="true">
              {" → "}
            </span>
          )}
          {node.id === here ? (
            <strong>{pick(node, "label")}</strong>
          ) : (
            <NodeLink node={node} onOpen={onOpen} />
          )}
        </span>
      ))}
    </span>
  );
}

function Chains({
  chains,
  here,
  onOpen,
}: {
  chains: GraphChain[];
  here: string;
  onOpen: (id: string) => void;
}) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  return (
    <ul className="chain-list">
      {chains.map((chain) => (
        <li key={`${chain.origin} ${chain.provenance[0]} ${chain.nodes.map((n) => n.id).join(" ")}`}>
          <Steps nodes={chain.nodes} here={here} onOpen={onOpen} />
          <small className="muted">
            {t(`origin_${chain.origin}` as Word)}
            {chain.support > 0 &&
              ` · ${t("chainCases", { n: chain.support, days: number(chain.lost_days, language) })}`}
            {chain.beside.length > 0 &&
              ` · ${t("beside")}: ${chain.beside.map((node) => pick(node, "label")).join(language === "zh" ? "；" : "; ")}`}
          </small>
        </li>
      ))}
    </ul>
  );
}

function Cases({ detail }: { detail: GraphNodeDetail }) {
  const t = useWords(words);
  return (
    <>
      <h3>{t("cases")}</h3>
      {detail.cases.length === 0 && <p className="muted">{t("noCases")}</p>}
      <ul className="plain-list">
        {detail.cases.map((one) => (
          <li key={one.key}>
            {one.id === null ? <strong>{one.key}</strong> : <Link to={`/cases/${one.id}`}>{one.key}</Link>}{" "}
            <span className="muted num">{one.on}</span>
            <div className="case-text">{one.text}</div>
          </li>
        ))}
      </ul>
    </>
  );
}

function Ways({ id, onOpen }: { id: string; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const [asked, setAsked] = useState(false);
  const found = useWays(id, asked);
  if (!asked)
    return (
      <Button size="small" onClick={() => setAsked(true)}>
        {t("waysShow")}
      </Button>
    );
  return (
    <>
      <h3>{t("ways")}</h3>
      <Loaded of={found} rows={4}>
        {(ways) =>
          ways.length === 0 ? (
            <p className="muted">{t("waysNone")}</p>
          ) : (
            <ol className="chain-list">
              {ways.map((way) => (
                <li key={way.nodes.map((n) => n.id).join(" ")}>
                  <Steps nodes={way.nodes} here={id} onOpen={onOpen} />
                  <small className="muted">
                    {t("confidence", { p: percent(way.confidence) })} ·{" "}
                    {way.shown > 0 ? t("wayShown", { n: way.shown }) : t("wayNotShown")}
                  </small>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </>
  );
}

function Cut({ id, onOpen }: { id: string; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const [asked, setAsked] = useState(false);
  const found = useCut(id, asked);
  if (!asked)
    return (
      <Button size="small" type="primary" onClick={() => setAsked(true)}>
        {t("cutsShow")}
      </Button>
    );
  return (
    <>
      <h3>{t("cuts")}</h3>
      <Loaded of={found} rows={4}>
        {(cut) => (
          <>
            <p>
              {t("cutsSum", {
                n: cut.cut,
                cases: cut.cases,
                days: number(cut.lost_days, language),
                deaths: cut.deaths,
              })}
              <br />
              <span className="muted">{t("cutsLeft", { n: cut.left, cases: cut.left_cases })}</span>
            </p>
            <Chains chains={cut.chains} here={id} onOpen={onOpen} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Bond({ id, onOpen }: { id: string; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const [typed, setTyped] = useState("");
  const [other, setOther] = useState("");
  const found = useBond(id, other);
  return (
    <>
      <h3>{t("linksTo")}</h3>
      <Input.Search
        value={typed}
        placeholder={t("linksHint")}
        aria-label={t("linksHint")}
        enterButton={t("linksShow")}
        onChange={(event) => setTyped(event.target.value)}
        onSearch={(value) => setOther(value.trim())}
      />
      {other && (
        <Loaded of={found} rows={4}>
          {(bond) =>
            bond.ways.length === 0 ? (
              <p className="muted">{t("linksNone")}</p>
            ) : (
              <ol className="chain-list">
                {bond.ways.map((way) => (
                  <li key={way.map((n) => n.id).join(" ")}>
                    <Steps nodes={way} here={id} onOpen={onOpen} />
                  </li>
                ))}
              </ol>
            )
          }
        </Loaded>
      )}
    </>
  );
}
