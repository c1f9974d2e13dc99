import type { ReactNode } from "react";
import { day, moment } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { Measures } from "@/app/Measures";
import { LedgerMark } from "@/app/marks";
import type { Point, PointAnswer } from "@/app/types";
import { StatusMark } from "./StatusMark";
import { words } from "./words";

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="evidence-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

export function Evidence({ point }: { point: Point }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <>
      <Part title={t("circumstance")}>
        <p>{pick(point, "circumstance") || "–"}</p>
      </Part>
      <Part title={t("consequence")}>
        <p>{pick(point, "consequence") || "–"}</p>
      </Part>
      <Part title={t("measures")}>
        {point.measures.length > 0 ? (
          <Measures measures={point.measures} />
        ) : (
          <p className="muted">{t("measuresNone")}</p>
        )}
      </Part>
      <Part title={t("path")}>
        <Path path={point.path} />
      </Part>
      <Part title={`${t("records")}${point.records.length > 0 ? ` ${point.records.length}` : ""}`}>
        <Records records={point.records} />
      </Part>
      <Ground point={point} />
    </>
  );
}

/** The chain through the graph: each step from where the last one ended, with what speaks for it. */
function Path({ path }: { path: Point["path"] }) {
  const t = useWords(words);
  const either = useEither();
  const relationName = (relation: string) => {
    const key = `rel_${relation}`;
    return key in words ? t(key as keyof typeof words) : relation;
  };
  const first = path[0];
  if (!first) return <p className="muted">{t("pathNone")}</p>;
  return (
    <ol className="chain">
      <li className="chain-node">{either(first.source, first.source_en)}</li>
      {path.map((step, index) => {
        const breaks = index > 0 && path[index - 1]?.target !== step.source;
        return (
          <li key={`${step.source} ${step.relation} ${step.target}`}>
            {breaks && <div className="chain-node">{either(step.source, step.source_en)}</div>}
            <div className="chain-edge">
              <span>{relationName(step.relation)}</span>
              <small className="muted">
                {step.provenance}
                {step.support > 0 && ` · ${t("support", { n: step.support })}`}
              </small>
            </div>
            <div className="chain-node">{either(step.target, step.target_en)}</div>
          </li>
        );
      })}
    </ol>
  );
}

function Records({ records }: { records: Point["records"] }) {
  const t = useWords(words);
  if (records.length === 0) return <p className="muted">{t("recordsNone")}</p>;
  return (
    <ul className="records">
      {records.map((record) => (
        <li key={`${record.origin} ${record.record_id}`}>
          <div className="record-head">
            <b>{record.origin in words ? t(record.origin as keyof typeof words) : record.origin}</b>
            <span className="num">{day(record.on)}</span>
            <span>{record.enterprise_name}</span>
            <span className="muted num">{record.record_id}</span>
          </div>
          <p>{record.text}</p>
        </li>
      ))}
    </ul>
  );
}

function Ground({ point }: { point: Point }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const { language } = useLanguage();
  const comma = language === "zh" ? "、" : ", ";
  const signals = language === "en" && point.signals_en.length > 0 ? point.signals_en : point.signals;
  const ppe = point.ppe.map((one) => `${one.code} ${pick(one, "name")}`.trim());
  const rows: [label: string, value: string][] = [
    [t("clause"), point.clause],
    [t("training"), either(point.training, point.training_en)],
    [t("ppe"), ppe.join(comma)],
    [t("signals"), signals.join(comma)],
    [t("modelVersion"), point.model_version],
  ];
  return (
    <dl className="pairs evidence-part">
      {rows
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Answers({ answers }: { answers: PointAnswer[] }) {
  const t = useWords(words);
  const either = useEither();
  if (answers.length === 0) return null;
  return (
    <Part title={t("answers")}>
      <ul className="records answers">
        {answers.map((answer) => (
          <li key={answer.id} className={answer.taken_back ? "answer-back" : undefined}>
            <div className="record-head">
              <StatusMark status={answer.result} />
              <span>{either(answer.by, answer.by_en)}</span>
              <span className="num muted">{moment(answer.said_at)}</span>
              {answer.kind === "explore" && <span className="muted">{t("explored")}</span>}
              {answer.taken_back && <span className="muted">{t("takenBack")}</span>}
              <LedgerMark index={answer.ledger_index} />
            </div>
            {answer.note && <p>{answer.note}</p>}
            {answer.photos.length > 0 && (
              <div className="answer-photos">
                {answer.photos.map((photo, index) => (
                  <a key={photo.id} href={`/api/verify/photos/${photo.id}`} target="_blank" rel="noreferrer">
                    <img
                      src={`/api/verify/photos/${photo.id}`}
                      width={photo.width}
                      height={photo.height}
                      loading="lazy"
                      alt={t("photoOf", { n: index + 1 })}
                    />
                  </a>
                ))}
              </div>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}
