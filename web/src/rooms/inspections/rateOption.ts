import type { EChartsCoreOption } from "echarts/core";
import { percent } from "@/app/format";
import { ACCENT, LINE, MUTED } from "@/app/theme";
import type { Rate } from "./types";

/** Groups in which anything that applied was answered. */
export function drawn(rates: Rate[]): Rate[] {
  return rates.filter((rate) => rate.share !== null);
}

/** A mark at each hit rate and a band for its interval; faint where the group is small. Months stand, sources lie. */
export function rateOption(
  rates: Rate[],
  upright: boolean,
  name: (rate: Rate) => string,
  few: string,
): EChartsCoreOption {
  const shown = drawn(rates);
  const groups = {
    type: "category",
    data: shown.map((rate) => (rate.small ? `${name(rate)} (${few})` : name(rate))),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: LINE } },
    axisLabel: { color: MUTED, width: upright ? 70 : 110, overflow: "break" },
    inverse: !upright,
  };
  const shares = {
    type: "value",
    min: 0,
    max: 1,
    axisLabel: { color: MUTED, hideOverlap: true, formatter: (value: number) => percent(value) },
    splitLine: { lineStyle: { color: LINE } },
  };
  const faint = (rate: Rate) => (rate.small ? 0.4 : 1);
  const bar = { type: "bar", stack: "interval", barWidth: 8, silent: true };
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 8, containLabel: true },
    xAxis: upright ? groups : shares,
    yAxis: upright ? shares : groups,
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (marks: { dataIndex: number }[]) => tip(shown[marks[0]?.dataIndex ?? -1], name),
    },
    series: [
      { ...bar, data: shown.map((rate) => rate.low), itemStyle: { color: "transparent" } },
      {
        ...bar,
        data: shown.map((rate) => ({
          value: rate.high - rate.low,
          itemStyle: { color: "#9fbfc0", opacity: faint(rate) },
        })),
      },
      {
        type: "scatter",
        symbol: "diamond",
        symbolSize: 13,
        z: 3,
        data: shown.map((rate, at) => ({
          value: upright ? [at, rate.share] : [rate.share, at],
          itemStyle: { color: ACCENT, opacity: faint(rate) },
        })),
      },
    ],
  };
}

function tip(rate: Rate | undefined, name: (rate: Rate) => string): string {
  if (!rate) return "";
  const safe = name(rate).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const asked = rate.found + rate.ok;
  return `${safe}<br/>${rate.found} / ${asked} · ${percent(rate.share)} (${percent(rate.low)}–${percent(rate.high)})`;
}
