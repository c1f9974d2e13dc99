import type { EChartsCoreOption } from "echarts/core";
import { INK, LINE, MUTED } from "@/app/theme";
import type { TrialResult } from "@/app/types";

// Tiers are ink, darker for graver: the risk colours stand for risk alone.
const INKS = { high: INK, medium: "#6d8a8f", low: "#c5d2d4" } as const;
const LABELS = { high: "#fff", medium: "#fff", low: INK } as const;
export const TIERS = ["high", "medium", "low"] as const;

export interface ChartWords {
  now: string;
  next: string;
  tiers: Record<(typeof TIERS)[number], string>;
}

/** Two bars: warnings by the rules at work and by the new ones, split by tier. */
export function trialOption(
  result: Pick<TrialResult, "before" | "after">,
  say: ChartWords,
): EChartsCoreOption {
  return {
    grid: { left: 72, right: 24, top: 8, bottom: 8, containLabel: false },
    tooltip: { trigger: "item", confine: true },
    xAxis: { type: "value", show: false, max: "dataMax" },
    yAxis: {
      type: "category",
      inverse: true,
      data: [say.now, say.next],
      axisLabel: { color: MUTED },
      axisLine: { lineStyle: { color: LINE } },
      axisTick: { show: false },
    },
    series: TIERS.map((tier) => ({
      type: "bar",
      name: say.tiers[tier],
      stack: "all",
      barMaxWidth: 30,
      itemStyle: { color: INKS[tier] },
      data: [result.before[tier], result.after[tier]],
      label: {
        show: true,
        color: LABELS[tier],
        formatter: ({ value }: { value: number }) => (value > 0 ? `${say.tiers[tier]} ${value}` : ""),
      },
      labelLayout: { hideOverlap: true },
    })),
  };
}

export function total(tally: TrialResult["before"]): number {
  return tally.high + tally.medium + tally.low;
}

/** Points and profiles in one matrix: tier before × tier after. */
export function matrixOf(result: Pick<TrialResult, "matrix">): number[][] {
  const all = Object.values(result.matrix);
  return [0, 1, 2, 3].map((row) =>
    [0, 1, 2, 3].map((column) => all.reduce((sum, one) => sum + (one[row]?.[column] ?? 0), 0)),
  );
}
