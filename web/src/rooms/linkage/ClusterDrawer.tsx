import { Drawer, Timeline } from "antd";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { RecordCluster } from "@/app/types";
import { useCluster } from "./queries";
import { words } from "./words";

/** Members of a cluster and how it came to be. */
export function ClusterDrawer({ clusterKey, onClose }: { clusterKey: string | null; onClose: () => void }) {
  const t = useWords(words);
  const found = useCluster(clusterKey);
  return (
    <Drawer
      open={clusterKey !== null}
      onClose={onClose}
      title={`${t("history")} ${clusterKey ?? ""}`}
      styles={{ wrapper: { width: "min(560px, 100vw)" } }}
    >
      {clusterKey !== null && <Loaded of={found}>{(cluster) => <Cluster cluster={cluster} />}</Loaded>}
    </Drawer>
  );
}

function Cluster({ cluster }: { cluster: RecordCluster }) {
  const t = useWords(words);
  const either = useEither();
  return (
    <>
      <h3>{t("members")}</h3>
      {cluster.members.length === 0 && <p className="muted">{t("noMembers")}</p>}
      <ul className="cluster-members">
        {cluster.members.map((member) => (
          <li key={member.key}>
            {member.name || member.key} <small className="muted">{member.source}</small>
          </li>
        ))}
      </ul>
      {cluster.changes.length === 0 && <p className="muted">{t("noChanges")}</p>}
      <Timeline
        items={cluster.changes.map((change, index) => ({
          key: index,
          content: (
            <>
              <span className="num">{moment(change.at)}</span> <strong>{t(change.event)}</strong>{" "}
              {t("moved", { n: change.records })}
              <br />
              <code className="cluster-ids">
                {change.from_ids.join(" ") || "–"} → {change.to_ids.join(" ") || "–"}
              </code>
              <br />
              <span className="muted">
                {change.by ? either(change.by, change.by_en ?? "") : t("machine")} · {change.reason}
              </span>
            </>
          ),
        }))}
      />
    </>
  );
}
