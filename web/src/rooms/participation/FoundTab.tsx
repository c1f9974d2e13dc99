import { useMemo } from "react";
import { Chart } from "@/app/Chart";
import { percent } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { FoundByWorkers } from "@/app/types";
import { foundOption } from "./gapOption";
import { useFound } from "./queries";
import { words } from "./words";

const MONTHS = 12;

/** The share of hazards that workers found, month by month. */
export function FoundTab() {
  const t = useWords(words);
  const found = useFound(MONTHS);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t("tab_found")}</h2>
        <span className="muted">{t("foundLead")}</span>
      </div>
      <Loaded of={found} rows={8}>
        {(data) => (data.total === 0 ? <EmptyState text={t("noFound")} /> : <Body found={data} />)}
      </Loaded>
    </section>
  );
}

function Body({ found }: { found: FoundByWorkers }) {
  const t = useWords(words);
  const option = useMemo(() => foundOption(found.months), [found.months]);
  const text = found.months
    .filter((row) => row.share !== null)
    .map((row) => `${row.month} ${percent(row.share)}`)
    .join("; ");
  return (
    <>
      <dl className="facts own-facts gap-below">
        <div>
          <dt>{t("foundShare", { n: MONTHS })}</dt>
          <dd className="num">{percent(found.share)}</dd>
          <dd className="fact-why num">{t("foundOf", { n: found.by_workers, total: found.total })}</dd>
        </div>
      </dl>
      <Chart option={option} height={240} label={t("foundChart", { text })} />
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("month")}</th>
              <th className="right">{t("foundByWorkers")}</th>
              <th className="right">{t("total")}</th>
              <th className="right">{t("share")}</th>
            </tr>
          </thead>
          <tbody>
            {[...found.months].reverse().map((row) => (
              <tr key={row.month}>
                <th scope="row" className="num">
                  {row.month}
                </th>
                <td className="right num">{row.by_workers}</td>
                <td className="right num">{row.total}</td>
                <td className="right num">{percent(row.share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
