import { usePhone } from "@/app/device";
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
  const phone = usePhone();
  const rows = useExposure(enterpriseId).data;
  if (!rows || rows.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="exposure-title">
      <div className="panel-head">
        <h2 id="exposure-title">{t("exposure")}</h2>
        <span className="muted">{t("exposureWhy")}</span>
      </div>
      {phone ? (
        <ul className="exposure-cards">
          {rows.map((row) => (
            <ExposureCard key={row.id} row={row} />
          ))}
        </ul>
      ) : (
        <ExposureTable rows={rows} />
      )}
    </section>
  );
}

function ExposureTable({ rows }: { rows: Exposure[] }) {
  const t = useWords(words);
  return (
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
  );
}

/** What a person reads of a row, in words and figures; the same for the table and the cards. */
function useTexts(row: Exposure) {
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
  // The tables of a standard are cited in Chinese.
  const clause = language === "zh" ? row.clause : row.clause.replace(/\s*\p{Script=Han}.*$/u, "");
  return {
    agent: `${pick(row, "name")}${row.fraction ? ` ${t(row.fraction as WordKey)}` : ""}`,
    where: [row.place, row.people !== null && t("ofPeople", { n: row.people })].filter(Boolean).join(" · "),
    source: `${day(row.measured_on)} · ${clause}`,
    measured: `${number(row.twa, language, digits)} ${row.unit}`,
    limit: number(row.limit, language, digits),
    index: number(row.index, language, 2),
    verdict: t(row.verdict as WordKey),
    more: more.join(" · "),
  };
}

function ExposureRow({ row }: { row: Exposure }) {
  const texts = useTexts(row);
  return (
    <tr>
      <td className="cell-name">
        {row.post}
        <small>{texts.where}</small>
      </td>
      <td className="cell-name">
        {texts.agent}
        <small className="num">{texts.source}</small>
      </td>
      <td className="right num nowrap">{texts.measured}</td>
      <td className="right num">{texts.limit}</td>
      <td className="right num strong">{texts.index}</td>
      <td className="cell-name">
        <span className={`verdict verdict-${row.verdict}`}>{texts.verdict}</span>
        {texts.more && <small>{texts.more}</small>}
      </td>
      <td className="cell-name">
        <Cases row={row} />
      </td>
    </tr>
  );
}

function ExposureCard({ row }: { row: Exposure }) {
  const t = useWords(words);
  const texts = useTexts(row);
  return (
    <li className="exposure-card">
      <p>
        <b>{row.post}</b> · {texts.agent}
      </p>
      <p>
        <span className={`verdict verdict-${row.verdict}`}>{texts.verdict}</span>{" "}
        <span className="num">
          {t("index")} <b>{texts.index}</b> · {texts.measured} / {texts.limit}
        </span>
      </p>
      {texts.more && <p className="muted">{texts.more}</p>}
      <div className="cell-name">
        <Cases row={row} />
      </div>
      <p className="muted num">
        {texts.where} · {texts.source}
      </p>
    </li>
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
