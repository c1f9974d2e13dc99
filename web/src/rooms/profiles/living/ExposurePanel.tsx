import { day, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { useExposure } from "./queries";
import type { Exposure } from "./types";
import { words } from "./words";
import "./living.css";

type WordKey = keyof typeof words;

/** Measured dust, noise and chemicals against their limits. Nothing where nothing was measured. */
export function ExposurePanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const rows = useExposure(enterpriseId).data;
  if (!rows || rows.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="exposure-title">
      <div className="panel-head">
        <h2 id="exposure-title">{t("exposure")}</h2>
        <span className="muted">{t("exposureWhy")}</span>
      </div>
      <section className="table-scroll" aria-labelledby="exposure-title">
        <table className="rows rows-compact">
          <thead>
            <tr>
              <th>{t("post")}</th>
              <th>{t("agent")}</th>
              <th className="right">{t("measured")}</th>
              <th className="right">{t("limit")}</th>
              <th className="right">{t("index")}</th>
              <th>{t("verdict")}</th>
              <th>{t("cases")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <ExposureRow key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function ExposureRow({ row }: { row: Exposure }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const digits = row.kind === "noise" ? 1 : 2;
  const notes = language === "zh" ? row.notes_zh : row.notes_en;
  const more = [
    row.stel_index !== null && t("stel", { n: number(row.stel_index, language, 2) }),
    row.mixture !== null && t("mixture", { n: number(row.mixture, language, 2) }),
    ...notes,
  ].filter(Boolean);
  return (
    <tr>
      <td className="cell-name">
        {row.post}
        <small>
          {row.place}
          {row.people !== null && ` · ${t("ofPeople", { n: row.people })}`}
        </small>
      </td>
      <td className="cell-name">
        {pick(row, "name")} {row.fraction && t(row.fraction as WordKey)}
        <small className="num">
          {day(row.measured_on)} · {row.clause}
        </small>
      </td>
      <td className="right num nowrap">
        {number(row.twa, language, digits)} {row.unit}
      </td>
      <td className="right num">{number(row.limit, language, digits)}</td>
      <td className="right num strong">{number(row.index, language, 2)}</td>
      <td className="cell-name">
        <span className={`verdict verdict-${row.verdict}`}>{t(row.verdict as WordKey)}</span>
        {more.length > 0 && <small>{more.join(" · ")}</small>}
      </td>
      <td className="cell-name">
        <Cases row={row} />
      </td>
    </tr>
  );
}

function Cases({ row }: { row: Exposure }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const { expected } = row;
  const why = pick(expected, "why");
  if (expected.cases === null) {
    return (
      <>
        <span className="muted">{t("cannot_tell")}</span>
        <small>{why}</small>
      </>
    );
  }
  return (
    <>
      {t("casesOf", {
        disease: pick(expected, "disease"),
        n: number(expected.cases, language, 1),
        low: number(expected.low, language, 1),
        high: number(expected.high, language, 1),
      })}
      <small>
        {why} · {expected.source}
      </small>
    </>
  );
}
