import { Button, Tag } from "antd";
import { moment, number, percent } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { EmptyState } from "@/app/states";
import type { FacetModels, ModelVersion } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import type { Change } from "./queries";
import { words } from "./words";

interface VersionTableProps {
  models: FacetModels;
  onChange: (change: Change) => void;
  onCard: (id: number) => void;
}

/** Versions, newest first: figures, state, and what may be done with them. */
export function VersionTable({ models, onChange, onCard }: VersionTableProps) {
  const t = useWords(words);
  const may = useMay("models.promote");
  return (
    <section className="panel" aria-labelledby="versions-title">
      <div className="panel-head">
        <h2 id="versions-title">{t("versions")}</h2>
        {may && models.can_roll_back && (
          <span className="panel-tools">
            <Button onClick={() => onChange({ kind: "rollBack", facet: models.facet })}>
              {t("rollBack")}
            </Button>
          </span>
        )}
      </div>
      {models.versions.length === 0 ? (
        <EmptyState text={t("versionsNone")} />
      ) : (
        <div className="table-scroll">
          <table className="rows">
            <thead>
              <tr>
                <th>{t("version")}</th>
                <th>{t("state")}</th>
                <th>{t("made")}</th>
                <th className="right">{t("trainedOn")}</th>
                <th className="right">{t("goldAccuracy")}</th>
                <th className="right">{t("kappa")}</th>
                <th className="right">{t("foldAccuracy")}</th>
                <th className="right">{t("autoShare")}</th>
                <th className="right">{t("ece")}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {models.versions.map((version) => (
                <VersionLine
                  key={version.id}
                  version={version}
                  may={may}
                  onPromote={() => onChange({ kind: "promote", version })}
                  onCard={() => onCard(version.id)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface VersionLineProps {
  version: ModelVersion;
  may: boolean;
  onPromote: () => void;
  onCard: () => void;
}

function VersionLine({ version, may, onPromote, onCard }: VersionLineProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  const { gold, out_of_fold: fold } = version;
  return (
    <tr className={version.state === "active" ? "row-active" : undefined}>
      <td className="version-name nowrap">{version.version}</td>
      <td>
        <Tag>{t(version.state)}</Tag>
        {version.recoding && <span className="muted">{t("recoding")}</span>}
      </td>
      <td className="num nowrap">{moment(version.made_at)}</td>
      <td className="right num">{number(version.rows, language)}</td>
      <td className="right num">{percent(gold?.accuracy, 1)}</td>
      <td className="right num">{gold?.kappa === null || gold === null ? "–" : gold.kappa.toFixed(2)}</td>
      <td className="right num">{percent(fold?.accuracy, 1)}</td>
      <td className="right num">{percent(fold?.auto_share, 0)}</td>
      <td className="right num">{number(fold?.ece, language, 3)}</td>
      <td className="right nowrap">
        <Button size="small" onClick={onCard}>
          {t("card")}
        </Button>{" "}
        {may && version.state !== "active" && (
          <Button size="small" onClick={onPromote}>
            {t("promote")}
          </Button>
        )}
      </td>
    </tr>
  );
}
