import type { EChartsCoreOption } from "echarts/core";
import { ACCENT, INK, LINE, MUTED } from "@/app/theme";

export interface Sides {
  name: string;
  worker: number | null;
  manager: number | null;
}

/** A mark for each side and a band between them; a side that isn't shown has no mark. */
export function gapOption(rows: Sides[], names: { worker: string; manager: string }): EChartsCoreOption {
  const both = rows.map((row) =>
    row.worker === null || row.manager === null ? null : ([row.worker, row.manager] as const),
  );
  const bar = { type: "bar", stack: "gap", barWidth: 6, silent: true };
  const side = (key: "worker" | "manager", symbol: string, color: string) => ({
    type: "scatter",
    name: names[key],
    symbol,
    symbolSize: 14,
    z: 3,
    itemStyle: { color },
    data: rows.flatMap((row, at) => (row[key] === null ? [] : [[row[key], at]])),
  });
  return {
    grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
    xAxis: {
      type: "value",
      min: 0,
      max: 100,
      axisLabel: { color: MUTED },
      splitLine: { lineStyle: { color: LINE } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map((row) => row.name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: MUTED, width: 120, overflow: "break" },
    },
    series: [
      {
        ...bar,
        data: both.map((pair) => (pair ? Math.min(...pair) : 0)),
        itemStyle: { color: "transparent" },
      },
      {
        ...bar,
        data: both.map((pair) => (pair ? Math.abs(pair[0] - pair[1]) : 0)),
        itemStyle: { color: "#9fbfc0" },
      },
      side("worker", "circle", ACCENT),
      side("manager", "diamond", INK),
    ],
  };
}

/** One line a side over the rounds, the oldest first. */
export function historyOption(
  rounds: Sides[],
  names: { worker: string; manager: string },
): EChartsCoreOption {
  const line = (key: "worker" | "manager", symbol: string, color: string) => ({
    type: "line",
    name: names[key],
    symbol,
    symbolSize: 10,
    itemStyle: { color },
    lineStyle: { color, type: key === "manager" ? "dashed" : "solid" },
    data: rounds.map((round) => round[key]),
  });
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 8, containLabel: true },
    xAxis: {
      type: "category",
      data: rounds.map((round) => round.name),
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: MUTED, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: 100,
      axisLabel: { color: MUTED },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: [line("worker", "circle", ACCENT), line("manager", "diamond", INK)],
  };
}

export interface FoundMonth {
  month: string;
  share: number | null;
}

/** The share that workers found as a line; a month without hazards is a gap. */
export function foundOption(months: FoundMonth[]): EChartsCoreOption {
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 8, containLabel: true },
    xAxis: {
      type: "category",
      data: months.map((row) => row.month),
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: MUTED, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: 100,
      axisLabel: { color: MUTED, formatter: "{value}%" },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: [
      {
        type: "line",
        symbol: "circle",
        symbolSize: 9,
        itemStyle: { color: ACCENT },
        lineStyle: { color: ACCENT },
        data: months.map((row) => (row.share === null ? null : Math.round(row.share * 100))),
      },
    ],
  };
}
