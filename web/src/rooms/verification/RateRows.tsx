import { percent } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import type { RateRow, Rates, Share } from "./types";
import { words } from "./words";

function useShareText() {
  const t = useWords(words);
  return (of: Share) => {
    if (of.answered === 0) return "–";
    const interval = `${percent(of.share)} (${percent(of.low)}–${percent(of.high)})`;
    return of.small ? `${interval} · ${t("small")}` : interval;
  };
}

export function RateTable({ rates }: { rates: Rates }) {
  const t = useWords(words);
  const pick = usePick();
  const shareText = useShareText();
  const row = (one: RateRow, isTotal: boolean) => (
    <tr key={one.key || "–"} className={isTotal ? "strong" : undefined}>
      <td className="cell-name">{isTotal ? t("total") : pick(one, "name")}</td>
      <td className="right num">{one.proposed.answered}</td>
      <td className="right num">{one.proposed.confirmed}</td>
      <td className="right num">{one.proposed.not_found}</td>
      <td className="right num">{one.proposed.not_applicable}</td>
      <td className={one.proposed.small ? "num rate-small" : "num"}>{shareText(one.proposed)}</td>
      <td className="right num">{percent(one.proposed.expected)}</td>
      <td className={one.explored.small ? "num rate-small" : "num"}>
        {one.explored.answered > 0 && `${one.explored.confirmed} / ${one.explored.answered} · `}
        {shareText(one.explored)}
      </td>
      <td className="num" title={t("weightedWhy")}>
        {one.weighted
          ? `${percent(one.weighted.share)} (${percent(one.weighted.low)}–${percent(one.weighted.high)})`
          : "–"}
      </td>
    </tr>
  );
  return (
    <div className="table-scroll">
      <table className="rows">
        <thead>
          <tr>
            <th>{t(`by_${rates.by}`)}</th>
            <th className="right">{t("answeredHead")}</th>
            <th className="right">{t("confirmed")}</th>
            <th className="right">{t("not_found")}</th>
            <th className="right">{t("not_applicable")}</th>
            <th>{t("rate")}</th>
            <th className="right">{t("expectedHead")}</th>
            <th>{t("exploredHead")}</th>
            <th title={t("weightedWhy")}>{t("weighted")}</th>
          </tr>
        </thead>
        <tbody>
          {rates.rows.map((one) => row(one, false))}
          {row(rates.total, true)}
        </tbody>
      </table>
    </div>
  );
}

export function RateCards({ rates }: { rates: Rates }) {
  const t = useWords(words);
  const pick = usePick();
  const shareText = useShareText();
  return (
    <ul className="cards">
      {rates.rows.map((one) => (
        <li key={one.key} className="card">
          <span className="card-top">
            <strong>{pick(one, "name")}</strong>
          </span>
          <span className={one.proposed.small ? "num rate-small" : "num"}>
            {t("rate")} {shareText(one.proposed)}
          </span>
          <span className="num muted">
            {t("rateOf", { confirmed: one.proposed.confirmed, answered: one.proposed.answered })}
            {one.proposed.expected !== null && ` · ${t("expected", { p: percent(one.proposed.expected) })}`}
          </span>
          {one.explored.answered > 0 && (
            <span className="num muted">
              {t("exploredHead")} {one.explored.confirmed} / {one.explored.answered} ·{" "}
              {shareText(one.explored)}
            </span>
          )}
          {one.weighted && (
            <span className="num muted">
              {t("weighted")} {percent(one.weighted.share)} ({percent(one.weighted.low)}–
              {percent(one.weighted.high)})
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
