import type { EChartsCoreOption } from "echarts/core";
import { percent } from "@/app/format";
import { ACCENT, LINE, MUTED } from "@/app/theme";
import type { RateRow } from "./types";

const MOST_BARS = 20;

/** Groups that have an answer to a proposed point; months all, others the largest, which stand first. */
export function drawn(rows: RateRow[], monthly: boolean): RateRow[] {
  const kept = rows.filter((row) => row.proposed.answered > 0);
  return monthly ? kept : kept.slice(0, MOST_BARS);
}

/** A mark at each share and a band for its interval; faint where the group is small. */
export function rateOption(
  rows: RateRow[],
  monthly: boolean,
  name: (row: RateRow) => string,
  small: string,
): EChartsCoreOption {
  const shown = drawn(rows, monthly);
  const names = shown.map((row) => (row.proposed.small ? `${name(row)} (${small})` : name(row)));
  const groups = {
    type: "category",
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: LINE } },
    axisLabel: { color: MUTED, width: monthly ? 70 : 110, overflow: "break" },
    inverse: !monthly,
  };
  const shares = {
    type: "value",
    min: 0,
    max: 1,
    axisLabel: { color: MUTED, hideOverlap: true, formatter: (value: number) => percent(value) },
    splitLine: { lineStyle: { color: LINE } },
  };
  const faint = (row: RateRow) => (row.proposed.small ? 0.35 : 1);
  const bar = { type: "bar", stack: "interval", barWidth: 8, silent: true };
  const point = (at: number, value: number) => (monthly ? [at, value] : [value, at]);
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 8, containLabel: true },
    xAxis: monthly ? groups : shares,
    yAxis: monthly ? shares : groups,
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (marks: { dataIndex: number }[]) => tip(shown[marks[0]?.dataIndex ?? -1], name),
    },
    series: [
      { ...bar, data: shown.map((row) => row.proposed.low), itemStyle: { color: "transparent" } },
      {
        ...bar,
        data: shown.map((row) => ({
          value: row.proposed.high - row.proposed.low,
          itemStyle: { color: "#9fbfc0", opacity: faint(row) },
        })),
      },
      {
        type: "scatter",
        symbol: "diamond",
        symbolSize: 13,
        z: 3,
        data: shown.map((row, at) => ({
          value: point(at, row.proposed.share ?? 0),
          itemStyle: { color: ACCENT, opacity: faint(row) },
        })),
      },
    ],
  };
}

function tip(row: RateRow | undefined, name: (row: RateRow) => string): string {
  if (!row) return "";
  const { confirmed, answered, share, low, high } = row.proposed;
  const safe = name(row).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `${safe}<br/>${confirmed} / ${answered} · ${percent(share)} (${percent(low)}–${percent(high)})`;
}
