import type { EChartsCoreOption } from "echarts/core";
import { month, percent } from "@/app/format";
import { ACCENT, INK, LINE, MUTED } from "@/app/theme";
import type { HealthPoint } from "@/app/types";

export interface TrendTexts {
  overall: string;
  recomputed: string;
  dimension: (name: string) => string;
}

export const DIMENSIONS = ["completeness", "validity", "freshness", "contradiction", "duplication"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The lowest score shown, rounded down to a tenth, so that small changes can be seen and no line is cut. */
export function floorOf(points: HealthPoint[]): number {
  const scores = points.map((point) => point.overall).filter((score) => score !== null);
  return scores.length ? Math.max(0, Math.floor(Math.min(...scores) * 10 - 0.5) / 10) : 0;
}

/** The overall score from audit to audit; what was worked out later is hollow. */
export function trendOption(points: HealthPoint[], texts: TrendTexts): EChartsCoreOption {
  return {
    grid: { left: 46, right: 16, top: 14, bottom: 26 },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (params: { dataIndex: number }[]) => {
        const point = points[params[0]?.dataIndex ?? 0];
        if (!point) return "";
        const head = `${point.as_of}${point.recomputed ? ` · ${texts.recomputed}` : ""}`;
        const lines = DIMENSIONS.filter((name) => name in point.scores).map(
          (name) => `${texts.dimension(name)} ${percent(point.scores[name], 1)}`,
        );
        return [head, `<b>${texts.overall} ${percent(point.overall, 1)}</b>`, ...lines].join("<br>");
      },
    },
    xAxis: {
      type: "category",
      data: points.map((point) => month(point.as_of)),
      axisLabel: { color: MUTED, hideOverlap: true },
      axisLine: { lineStyle: { color: LINE } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      min: floorOf(points),
      max: 1,
      axisLabel: { color: MUTED, formatter: (value: number) => percent(value) },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: [
      {
        type: "line",
        connectNulls: true,
        lineStyle: { color: INK, width: 2 },
        symbolSize: 8,
        data: points.map((point) => ({
          value: point.overall,
          symbol: point.recomputed ? "emptyCircle" : "circle",
          itemStyle: { color: ACCENT },
        })),
      },
    ],
  };
}
