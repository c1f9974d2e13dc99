import type { EChartsCoreOption } from "echarts/core";
import { percent } from "@/app/format";
import { ACCENT, INK, LINE, MUTED } from "@/app/theme";
import type { HazardFigures } from "@/app/types";

type Month = HazardFigures["months"][number];

export interface MonthTexts {
  within48: string;
  opened: string;
}

/** How many were opened in each month as bars, and the share answered within 48 hours as a line. */
export function monthsOption(months: Month[], texts: MonthTexts): EChartsCoreOption {
  const axis = {
    axisLabel: { color: MUTED },
    axisLine: { lineStyle: { color: LINE } },
    axisTick: { show: false },
  };
  return {
    grid: { left: 48, right: 46, top: 16, bottom: 26 },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (params: { dataIndex: number }[]) => {
        const month = months[params[0]?.dataIndex ?? 0];
        if (!month) return "";
        const share = `<b>${texts.within48} ${percent(month.within_48h)}</b>`;
        return [month.month, share, `${texts.opened} ${month.opened}`].join("<br>");
      },
    },
    xAxis: { type: "category", data: months.map((one) => one.month), ...axis },
    yAxis: [
      { type: "value", minInterval: 1, ...axis, splitLine: { lineStyle: { color: LINE } } },
      {
        type: "value",
        min: 0,
        max: 1,
        axisLabel: { color: MUTED, formatter: (value: number) => percent(value) },
        splitLine: { show: false },
      },
    ],
    series: [
      {
        type: "bar",
        barMaxWidth: 28,
        itemStyle: { color: "#b9cfd0" },
        data: months.map((one) => one.opened),
      },
      {
        type: "line",
        yAxisIndex: 1,
        connectNulls: true,
        symbolSize: 7,
        lineStyle: { color: INK, width: 2 },
        itemStyle: { color: ACCENT },
        data: months.map((one) => one.within_48h),
      },
    ],
  };
}

/** Minutes as a person says them. */
export function spell(
  minutes: number | null,
  say: { minutes: (n: number) => string; hours: (n: string) => string; days: (n: string) => string },
): string {
  if (minutes === null) return "–";
  if (minutes < 120) return say.minutes(minutes);
  const hours = minutes / 60;
  return hours < 72 ? say.hours(hours.toFixed(hours < 10 ? 1 : 0)) : say.days((hours / 24).toFixed(1));
}
