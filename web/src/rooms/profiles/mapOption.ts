import type { EChartsCoreOption } from "echarts/core";
import type { Language } from "@/app/i18n";
import { CHART_SYMBOLS, COLOURS } from "@/app/marks";
import { LINE, MUTED, RISK } from "@/app/theme";
import type { Colour, MapPoint, RegionMap } from "@/app/types";

export interface MapTexts {
  score: string;
  high: string;
  level: (colour: Colour) => string;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function tooltip(texts: MapTexts) {
  return {
    trigger: "item",
    confine: true,
    formatter: (params: { data?: { point?: MapPoint } }) => {
      const point = params.data?.point;
      if (!point) return "";
      const rows = [texts.level(point.colour), `${texts.score} ${point.score.toFixed(0)}`];
      if (point.high > 0) rows.push(`${texts.high} ${point.high}`);
      return `<b>${escapeHtml(point.name)}</b><br>${rows.map(escapeHtml).join(" · ")}`;
    },
  };
}

// The riskiest are drawn last, above the others, and larger.
const DRAW_ORDER = [...COLOURS].reverse();
const SIZE: Record<Colour, number> = { red: 15, orange: 11, yellow: 8, blue: 7 };

function pointSeries(
  points: MapPoint[],
  colour: Colour,
  place: (point: MapPoint) => [number, number],
  extra: object,
) {
  return {
    type: "scatter",
    symbol: CHART_SYMBOLS[colour],
    symbolSize: SIZE[colour],
    itemStyle: { color: RISK[colour], borderColor: "#fff", borderWidth: 1, opacity: 0.92 },
    cursor: "pointer",
    z: 3 + DRAW_ORDER.indexOf(colour),
    data: points
      .filter((point) => point.colour === colour)
      .map((point) => ({ id: point.id, value: place(point), point })),
    ...extra,
  };
}

/** Districts with their names, and one mark for each enterprise that has a place. */
export function mapOption(
  name: string,
  map: RegionMap,
  texts: MapTexts,
  language: Language,
): EChartsCoreOption {
  const placed = map.points.filter((point) => point.lon !== null && point.lat !== null);
  const label = new Map<string, string>();
  for (const feature of (map.districts?.features ?? []) as {
    properties: { name?: string; name_zh?: string; name_en?: string };
  }[]) {
    const { name_zh = "", name_en = "" } = feature.properties;
    label.set(feature.properties.name ?? name_zh, language === "zh" ? name_zh : name_en || name_zh);
  }
  return {
    tooltip: tooltip(texts),
    geo: {
      map: name,
      nameProperty: "name_zh",
      roam: "move",
      top: 12,
      bottom: 12,
      left: 12,
      right: 12,
      itemStyle: { areaColor: "#eef2f2", borderColor: "#b9c6c7", borderWidth: 1 },
      emphasis: { itemStyle: { areaColor: "#e4eaea" }, label: { color: MUTED } },
      select: { disabled: true },
      label: {
        show: true,
        color: MUTED,
        fontSize: 12,
        formatter: ({ name: district }: { name: string }) => label.get(district) ?? district,
      },
      tooltip: { show: false },
    },
    series: DRAW_ORDER.map((colour) =>
      pointSeries(placed, colour, (point) => [point.lon as number, point.lat as number], {
        coordinateSystem: "geo",
      }),
    ),
  };
}

/** Without districts: every enterprise by score, the highest first. */
export function curveOption(points: MapPoint[], texts: MapTexts): EChartsCoreOption {
  const order = [...points].sort((a, b) => b.score - a.score);
  const place = new Map(order.map((point, index) => [point.id, index + 1]));
  return {
    tooltip: tooltip(texts),
    grid: { left: 44, right: 16, top: 16, bottom: 32 },
    xAxis: {
      type: "value",
      min: 0,
      max: order.length + 1,
      axisLine: { lineStyle: { color: LINE } },
      axisLabel: { color: MUTED },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: 100,
      name: texts.score,
      nameTextStyle: { color: MUTED, align: "left" },
      axisLabel: { color: MUTED },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: DRAW_ORDER.map((colour) =>
      pointSeries(order, colour, (point) => [place.get(point.id) ?? 0, point.score], {}),
    ),
  };
}
