import { useMemo } from "react";
import { Chart } from "@/app/Chart";
import { month, percent } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { ACCENT, INK, LINE, MUTED } from "@/app/theme";
import type { ModelMonth } from "@/app/types";
import { useMonths } from "./queries";
import { words } from "./words";

const SHADES = [ACCENT, INK, "#7d8b8e", "#6d5a2c", "#8d2f55"];

/** One line a version: the share of suggestions that people then decided the same way, by month. */
export function overTimeOption(rows: ModelMonth[]) {
  const months = [...new Set(rows.map((row) => month(row.month)))];
  const versions = [...new Set(rows.map((row) => row.version))];
  return {
    grid: { left: 48, right: 16, top: 16, bottom: 28 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => percent(value as number) },
    xAxis: {
      type: "category",
      data: months,
      axisLabel: { color: MUTED },
      axisLine: { lineStyle: { color: LINE } },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: 1,
      axisLabel: { color: MUTED, formatter: (value: number) => percent(value) },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: versions.map((version, index) => ({
      name: version,
      type: "line",
      symbolSize: 8,
      connectNulls: true,
      color: SHADES[index % SHADES.length],
      data: months.map((at) => {
        const row = rows.find((one) => month(one.month) === at && one.version === version);
        return row ? row.agreed / row.decisions : null;
      }),
    })),
  };
}

export function OverTime({ facet }: { facet: string }) {
  const t = useWords(words);
  const found = useMonths(facet);
  return (
    <section className="panel" aria-labelledby="time-title">
      <div className="panel-head">
        <h2 id="time-title">{t("overTime")}</h2>
      </div>
      <Loaded of={found} rows={4}>
        {(rows) => (rows.length === 0 ? <EmptyState text={t("overTimeNone")} /> : <Months rows={rows} />)}
      </Loaded>
    </section>
  );
}

function Months({ rows }: { rows: ModelMonth[] }) {
  const t = useWords(words);
  const option = useMemo(() => overTimeOption(rows), [rows]);
  return (
    <>
      <Chart option={option} height={220} label={t("overTime")} />
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("month")}</th>
              <th>{t("version")}</th>
              <th className="right">{t("decisions")}</th>
              <th className="right">{t("agreed")}</th>
              <th className="right">{t("interval")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.month} ${row.version}`}>
                <td className="num">{month(row.month)}</td>
                <td className="version-name">{row.version}</td>
                <td className="right num">{row.decisions}</td>
                <td className="right num">{percent(row.agreed / row.decisions)}</td>
                <td className="right num nowrap">
                  {percent(row.low)} – {percent(row.high)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
