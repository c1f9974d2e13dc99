import type { EChartsCoreOption } from "echarts/core";
import { month } from "@/app/format";
import { CHART_SYMBOLS } from "@/app/marks";
import { INK, LINE, MUTED, RISK } from "@/app/theme";
import type { Colour, ProfileMonth } from "@/app/types";

export interface ProfileTexts {
  expected: string;
  score: string;
  interval: (low: string, high: string) => string;
  level: (colour: Colour) => string;
  number: (value: number, digits: number) => string;
}

/** Runs of months of one colour, as [first, last] indices: the bands behind the score. */
export function colourBands(
  months: Pick<ProfileMonth, "colour">[],
): { colour: Colour; from: number; to: number }[] {
  const bands: { colour: Colour; from: number; to: number }[] = [];
  months.forEach(({ colour }, index) => {
    const open = bands[bands.length - 1];
    if (open && open.colour === colour) open.to = index;
    else bands.push({ colour, from: index, to: index });
  });
  return bands;
}

/** Above: expected injuries with their interval. Below: the score, each month in the shape and colour of its level. */
export function profileOption(months: ProfileMonth[], texts: ProfileTexts): EChartsCoreOption {
  const labels = months.map((one) => month(one.month));
  const axis = {
    axisLabel: { color: MUTED },
    axisLine: { lineStyle: { color: LINE } },
    axisTick: { show: false },
  };
  const title = (name: string) => ({
    name,
    nameLocation: "end",
    nameTextStyle: { color: MUTED, align: "left", padding: [0, 0, 0, -36] },
    splitLine: { lineStyle: { color: LINE } },
    ...axis,
  });
  const silent = {
    type: "line",
    xAxisIndex: 0,
    yAxisIndex: 0,
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
  };
  return {
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (params: { dataIndex: number }[]) => {
        const one = months[params[0]?.dataIndex ?? 0];
        if (!one) return "";
        const interval = texts.interval(
          texts.number(one.expected_injuries_low, 1),
          texts.number(one.expected_injuries_high, 1),
        );
        return [
          `<b>${month(one.month)}</b>`,
          `${texts.expected} ${texts.number(one.expected_injuries, 1)}`,
          interval,
          `${texts.score} ${texts.number(one.score, 0)} · ${texts.level(one.colour)}`,
        ].join("<br>");
      },
    },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    grid: [
      { left: 44, right: 16, top: 30, height: 130 },
      { left: 44, right: 16, top: 206, height: 96 },
    ],
    xAxis: [
      {
        type: "category",
        gridIndex: 0,
        data: labels,
        boundaryGap: false,
        ...axis,
        axisLabel: { show: false },
      },
      { type: "category", gridIndex: 1, data: labels, boundaryGap: false, ...axis },
    ],
    yAxis: [
      { type: "value", gridIndex: 0, min: 0, splitNumber: 3, ...title(texts.expected) },
      { type: "value", gridIndex: 1, min: 0, max: 100, interval: 50, ...title(texts.score) },
    ],
    series: [
      { ...silent, stack: "interval", data: months.map((one) => one.expected_injuries_low) },
      {
        ...silent,
        stack: "interval",
        areaStyle: { color: INK, opacity: 0.14 },
        data: months.map((one) => one.expected_injuries_high - one.expected_injuries_low),
      },
      {
        type: "line",
        xAxisIndex: 0,
        yAxisIndex: 0,
        symbol: "none",
        lineStyle: { color: INK, width: 2 },
        itemStyle: { color: INK },
        data: months.map((one) => one.expected_injuries),
      },
      {
        type: "line",
        xAxisIndex: 1,
        yAxisIndex: 1,
        symbolSize: 8,
        showAllSymbol: true,
        lineStyle: { color: MUTED, width: 1.4 },
        data: months.map((one) => ({
          value: one.score,
          symbol: CHART_SYMBOLS[one.colour],
          itemStyle: { color: RISK[one.colour] },
        })),
        markArea: {
          silent: true,
          data: colourBands(months).map((band) => [
            { xAxis: labels[band.from], itemStyle: { color: RISK[band.colour], opacity: 0.09 } },
            { xAxis: labels[Math.min(band.to + 1, months.length - 1)] },
          ]),
        },
      },
    ],
  };
}
