import type { EChartsCoreOption } from "echarts/core";
import { INK, LINE, MUTED } from "@/app/theme";
import type { ChartData, Episode, Forecast, Limit, LimitKind } from "./types";

type Pair = [number, number | null];

/** Limits that a value is held against, as lines; means and rises are no height of this curve. */
export const LINES: LimitKind[] = ["high_high", "high", "low", "low_low"];
export const ALARM_LINE = "#8d2f55";
export const WARNING_LINE = "#6d5a2c";
const FORECAST = "#3f7f9c";
const GAP_TIMES = 3;

/** Points with a hole where nothing came for three of its intervals: a line there would be made up. */
export function withHoles(time: number[], values: (number | null)[], every_ms: number): Pair[] {
  const found: Pair[] = [];
  time.forEach((at, n) => {
    const before = time[n - 1];
    if (before !== undefined && at - before > GAP_TIMES * every_ms) found.push([before + every_ms, null]);
    found.push([at, values[n] ?? null]);
  });
  return found;
}

/** The lowest, highest and newest value of a chart; null of an empty one. */
export function extent(chart: ChartData): { low: number; high: number; last: number } | null {
  const lows = chart.low.filter((value): value is number => value !== null);
  const highs = chart.high.filter((value): value is number => value !== null);
  const means = chart.mean.filter((value): value is number => value !== null);
  const last = means[means.length - 1];
  if (last === undefined) return null;
  return { low: Math.min(...lows), high: Math.max(...highs), last };
}

export interface Texts {
  mean: string;
  band: string;
  flagged: string;
  event: string;
  forecastBand: string;
  forecastMiddle: string;
  limit: (limit: Limit) => string;
  source: (limit: Limit) => string;
  kind: (episode: Episode) => string;
  count: (n: number) => string;
  value: (value: number) => string;
  time: (at: number) => string;
}

export interface Drawn {
  chart: ChartData;
  from: number;
  until: number;
  every_s: number;
  limits: Limit[];
  episodes: Episode[];
  forecast: Forecast | null;
  texts: Texts;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The forecast's band as points in time; empty where it tells nothing. `wide`: 5–95 %, `middle`: median. */
export function forecastBand(forecast: Forecast | null) {
  const band = forecast?.band;
  if (!band || !forecast.at) return null;
  const at = Date.parse(forecast.at);
  const column = (level: number) => band.levels.findIndex((one) => Math.abs(one - level) < 1e-6);
  const [low, mid, high] = [column(0.05), column(0.5), column(0.95)];
  const rows = band.minutes.map((minutes, n) => {
    const values = band.values[n] ?? [];
    return { at: at + minutes * 60_000, low: values[low], mid: values[mid], high: values[high] };
  });
  const start = forecast.value;
  if (start !== null && start !== undefined) rows.unshift({ at, low: start, mid: start, high: start });
  return rows.filter(
    (row): row is { at: number; low: number; mid: number; high: number } =>
      row.low !== undefined && row.mid !== undefined && row.high !== undefined,
  );
}

const hidden = { type: "line", symbol: "none", silent: true, lineStyle: { opacity: 0 } };

function bandSeries(
  name: string,
  rows: { at: number; low: number | null; high: number | null }[],
  colour: string,
) {
  return [
    {
      ...hidden,
      name: `${name} `,
      stack: name,
      stackStrategy: "all",
      data: rows.map((row) => [row.at, row.low]),
    },
    {
      ...hidden,
      name,
      stack: name,
      stackStrategy: "all",
      areaStyle: { color: colour, opacity: 0.22 },
      data: rows.map((row) => [row.at, row.high === null || row.low === null ? null : row.high - row.low]),
    },
  ];
}

/** Minimum to maximum, mean, limits, events, flagged readings, and the forecast ahead of the newest reading. */
export function channelOption(drawn: Drawn): EChartsCoreOption {
  const { chart, from, until, every_s, limits, episodes, forecast, texts } = drawn;
  const every_ms = Math.max(chart.bucket_s, every_s) * 1000;
  const ahead = forecastBand(forecast);
  const end = ahead ? Math.max(until, ahead[ahead.length - 1]?.at ?? until) : until;
  const lines = limits.filter((limit) => LINES.includes(limit.kind));
  const lows = withHoles(chart.time, chart.low, every_ms);
  const highs = withHoles(chart.time, chart.high, every_ms);
  const flagged = chart.time.flatMap((at, n) => (chart.flagged[n] ? [[at, chart.mean[n] ?? null]] : []));
  const known = extent(chart);
  const floor = known?.low ?? 0;
  return {
    grid: { left: 8, right: 16, top: 24, bottom: 8, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      axisPointer: { type: "line" },
      formatter: (marks: { axisValue?: number | string }[]) => tip(Number(marks[0]?.axisValue), drawn, lines),
    },
    xAxis: {
      type: "time",
      min: from,
      max: end,
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: MUTED, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      scale: true,
      name: chart.unit,
      nameTextStyle: { color: MUTED, align: "left" },
      axisLabel: { color: MUTED },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: [
      ...bandSeries(
        texts.band,
        lows.map(([at, low], n) => ({ at, low, high: highs[n]?.[1] ?? null })),
        INK,
      ),
      {
        name: texts.mean,
        type: "line",
        symbol: chart.time.length < 3 ? "circle" : "none",
        lineStyle: { color: INK, width: 1.6 },
        itemStyle: { color: INK },
        data: withHoles(chart.time, chart.mean, every_ms),
      },
      ...lines.map((limit) => limitSeries(limit, from, end, texts)),
      ...(ahead
        ? [
            ...bandSeries(texts.forecastBand, ahead, FORECAST),
            {
              name: texts.forecastMiddle,
              type: "line",
              symbol: "none",
              lineStyle: { color: FORECAST, width: 1.6, type: "dashed" },
              itemStyle: { color: FORECAST },
              data: ahead.map((row) => [row.at, row.mid]),
            },
          ]
        : []),
      {
        name: texts.flagged,
        type: "scatter",
        symbol: "emptyRect",
        symbolSize: 7,
        itemStyle: { color: MUTED },
        data: flagged.map(([at, value]) => [at, value ?? floor]),
      },
      {
        name: texts.event,
        type: "scatter",
        symbol: "pin",
        symbolSize: 24,
        itemStyle: { color: ALARM_LINE },
        data: episodes
          .map((episode) => [
            Math.max(from, Date.parse(episode.since)),
            // A leak speaks in ppm, whatever its detectors are shown in: it is marked below the curve.
            (episode.unit === chart.unit ? (episode.value ?? episode.limit) : null) ?? floor,
          ])
          .filter(([at]) => at !== undefined && at <= end),
      },
    ],
  };
}

function limitSeries(limit: Limit, from: number, end: number, texts: Texts) {
  const grave = limit.kind === "high_high" || limit.kind === "low_low";
  const colour = grave ? ALARM_LINE : WARNING_LINE;
  return {
    name: texts.limit(limit),
    type: "line",
    symbol: "none",
    silent: true,
    lineStyle: { color: colour, width: 1.4, type: grave ? "solid" : "dashed" },
    itemStyle: { color: colour },
    data: [
      {
        value: [from, limit.value],
        symbol: "circle",
        symbolSize: 1,
        label: {
          show: true,
          position: "right",
          color: colour,
          formatter: texts.limit(limit),
          offset: [4, -9],
        },
      },
      [end, limit.value],
    ],
    label: { show: false },
  };
}

/** What the pointer's moment holds: readings, events, forecast, and every limit with where it comes from. */
function tip(at: number, { chart, episodes, forecast, texts }: Drawn, lines: Limit[]): string {
  if (!Number.isFinite(at)) return "";
  const rows = [`<b>${escaped(texts.time(at))}</b>`];
  const nearest = chart.time.reduce(
    (best, time, n) =>
      Math.abs(time - at) < Math.abs((chart.time[best] ?? Number.POSITIVE_INFINITY) - at) ? n : best,
    0,
  );
  const [low, mean, high] = [chart.low[nearest], chart.mean[nearest], chart.high[nearest]];
  const band = forecastBand(forecast)?.find((row) => row.at >= at);
  const newest = chart.time[chart.time.length - 1] ?? 0;
  if (at > newest && band) {
    rows.push(`${texts.forecastMiddle} ${texts.value(band.mid)}`);
    rows.push(`${texts.forecastBand} ${texts.value(band.low)} – ${texts.value(band.high)}`);
  } else if (mean !== null && mean !== undefined) {
    rows.push(`${texts.mean} ${texts.value(mean)} ${escaped(chart.unit)}`);
    if (low !== null && low !== undefined && high !== null && high !== undefined && low !== high)
      rows.push(`${texts.band} ${texts.value(low)} – ${texts.value(high)}`);
    const n = chart.count[nearest] ?? 0;
    if (n > 1) rows.push(texts.count(n));
    if (chart.flagged[nearest]) rows.push(`${texts.flagged} ${chart.flagged[nearest]}`);
  }
  for (const episode of episodes) {
    const over = episode.cleared_at ?? episode.at;
    if (
      Date.parse(episode.since) <= at &&
      at <= Math.max(Date.parse(over), Date.parse(episode.since) + 60_000)
    )
      rows.push(`${texts.event}: ${escaped(texts.kind(episode))}`);
  }
  for (const limit of lines) rows.push(escaped(`${texts.limit(limit)} · ${texts.source(limit)}`));
  return rows.join("<br/>");
}
