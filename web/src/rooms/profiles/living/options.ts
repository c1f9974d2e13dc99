import type { EChartsCoreOption } from "echarts/core";
import { ACCENT, INK, LINE, MUTED } from "@/app/theme";
import type { Group } from "./types";

const axis = {
  axisLabel: { color: MUTED, hideOverlap: true },
  axisLine: { lineStyle: { color: LINE } },
  axisTick: { show: false },
};

/** Twelve factors around 1, those above in ink. */
export function seasonOption(factors: number[], label: (month: number) => string): EChartsCoreOption {
  const widest = Math.max(0.1, ...factors.map((factor) => Math.abs(factor - 1)));
  const reach = Math.ceil(widest * 10) / 10;
  return {
    grid: { left: 38, right: 8, top: 10, bottom: 24 },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (params: { dataIndex: number }[]) => {
        const index = params[0]?.dataIndex ?? 0;
        return `${label(index + 1)} ×${(factors[index] ?? 1).toFixed(2)}`;
      },
    },
    xAxis: { type: "category", data: factors.map((_, index) => label(index + 1)), ...axis },
    yAxis: {
      type: "value",
      min: -reach,
      max: reach,
      interval: reach,
      axisLabel: { color: MUTED, formatter: (value: number) => `×${(1 + value).toFixed(1)}` },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 18,
        data: factors.map((factor) => ({
          value: factor - 1,
          itemStyle: { color: factor >= 1 ? INK : "#9fb4b6" },
        })),
      },
    ],
  };
}

/** Now beside the year before, the largest on top. */
export function groupOption(
  groups: Group[],
  name: (group: Group) => string,
  texts: { now: string; before: string },
  narrow: boolean,
): EChartsCoreOption {
  const rows = [...groups].sort((a, b) => a.injuries - b.injuries || a.previous - b.previous);
  return {
    grid: { left: narrow ? 118 : 190, right: 34, top: 6, bottom: 22 },
    tooltip: { trigger: "axis", confine: true, axisPointer: { type: "shadow" } },
    xAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { color: MUTED },
      splitLine: { lineStyle: { color: LINE } },
    },
    yAxis: {
      type: "category",
      data: rows.map(name),
      ...axis,
      axisLabel: { color: MUTED, width: narrow ? 106 : 178, overflow: "truncate", interval: 0 },
    },
    series: [
      {
        name: texts.before,
        type: "bar",
        barMaxWidth: 9,
        itemStyle: { color: "#c2cfd0" },
        data: rows.map((row) => row.previous),
      },
      {
        name: texts.now,
        type: "bar",
        barMaxWidth: 9,
        itemStyle: { color: ACCENT },
        label: { show: true, position: "right", color: INK },
        data: rows.map((row) => row.injuries),
      },
    ],
  };
}

/** Groups of a dimension that anyone was hurt in, the most first, at most `most`. */
export function topGroups(groups: Group[], dimension: string, most: number): Group[] {
  return groups
    .filter((group) => group.dimension === dimension && group.injuries + group.previous > 0)
    .sort((a, b) => b.injuries - a.injuries || b.previous - a.previous)
    .slice(0, most);
}

/** Whether the interval of the change leaves "no change" out. */
export function changedSurely(group: Pick<Group, "change_low" | "change_high">): boolean {
  return (group.change_low ?? -1) > 0 || (group.change_high ?? 1) < 0;
}
