import { CheckCircleOutlined, ExclamationCircleOutlined, InfoCircleOutlined } from "@ant-design/icons";
import { usePick, useWords } from "@/app/i18n";
import type { TableFinding } from "@/app/types";
import { words } from "./words";

/** What the checks found, as sentences: faults first; where no rule holds stands apart, for that is often meant. */
export function Findings({ findings, stale }: { findings: TableFinding[]; stale?: boolean }) {
  const t = useWords(words);
  const faults = findings.filter((one) => one.gravity === "error");
  const doubts = findings.filter((one) => one.gravity === "warning");
  const notes = findings.filter((one) => one.gravity === "note");
  return (
    <section className={`panel findings${stale ? " stale" : ""}`} aria-labelledby="findings-title">
      <div className="panel-head">
        <h2 id="findings-title">{t("findings")}</h2>
        <span role="status" aria-live="polite">
          {faults.length > 0 && <strong className="form-error">{t("faults", { n: faults.length })}</strong>}{" "}
          {doubts.length > 0 && <span>{t("doubts", { n: doubts.length })}</span>}
          {faults.length + doubts.length === 0 && (
            <span className="muted">
              <CheckCircleOutlined /> {t("clean")}
            </span>
          )}
        </span>
      </div>
      <Sentences findings={[...faults, ...doubts]} />
      {notes.length > 0 && (
        <details>
          <summary>
            {t("notes")} ({notes.length})
          </summary>
          <Sentences findings={notes} />
        </details>
      )}
    </section>
  );
}

function Sentences({ findings }: { findings: TableFinding[] }) {
  const pick = usePick();
  return (
    <ul className="finding-list">
      {findings.map((one) => (
        <li key={`${one.kind} ${one.message_zh}`} className={`finding finding-${one.gravity}`}>
          {one.gravity === "note" ? <InfoCircleOutlined /> : <ExclamationCircleOutlined />}
          <span>{pick(one, "message")}</span>
        </li>
      ))}
    </ul>
  );
}
