import type { EChartsCoreOption } from "echarts/core";
import type { Language } from "@/app/i18n";
import { CHART_SYMBOLS, COLOURS } from "@/app/marks";
import { LINE, MUTED, RISK } from "@/app/theme";
import type { Colour, ColourOrNone, District } from "@/app/types";

/** What a mark needs of an enterprise, whether it comes from the map or from the list. */
export interface MarkedEnterprise {
  id: number;
  name: string;
  lon: number | null;
  lat: number | null;
  colour: ColourOrNone;
  score: number | null;
}
export interface MapTexts {
  score: string;
  level: (colour: ColourOrNone) => string;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function tooltip(texts: MapTexts) {
  return {
    trigger: "item",
    confine: true,
    formatter: (params: { data?: { enterprise?: MarkedEnterprise } }) => {
      const enterprise = params.data?.enterprise;
      if (!enterprise) return "";
      const rows = [texts.level(enterprise.colour)];
      if (enterprise.score !== null) rows.push(`${texts.score} ${enterprise.score.toFixed(0)}`);
      return `<b>${escapeHtml(enterprise.name)}</b><br>${rows.map(escapeHtml).join(" · ")}`;
    },
  };
}

// The riskiest are drawn last, above the others, and larger; in a crowd all shrink.
const DRAW_ORDER: ColourOrNone[] = ["", ...[...COLOURS].reverse()];
const SIZE: Record<Colour, number> = { red: 15, orange: 11, yellow: 8, blue: 7 };
const CROWD = 1500;

type Place = (enterprise: MarkedEnterprise) => [number, number];

function markSeries(enterprises: MarkedEnterprise[], place: Place, extra: object) {
  const shrink = enterprises.length > CROWD ? 0.6 : 1;
  return DRAW_ORDER.map((colour, depth) => ({
    type: "scatter",
    symbol: colour ? CHART_SYMBOLS[colour] : "circle",
    symbolSize: (colour ? SIZE[colour] : 6) * shrink,
    itemStyle: {
      color: colour ? RISK[colour] : "#a8b3b5",
      borderColor: "#fff",
      borderWidth: shrink,
      opacity: 0.92,
    },
    cursor: "pointer",
    z: 3 + depth,
    data: enterprises
      .filter((enterprise) => enterprise.colour === colour)
      .map((enterprise) => ({ id: enterprise.id, value: place(enterprise), enterprise })),
    ...extra,
  }));
}

/** Districts with their names (where there are any), and one mark for each enterprise that has a place. */
export function mapOption(
  map: string | null,
  enterprises: MarkedEnterprise[],
  districts: District[],
  texts: MapTexts,
  language: Language,
): EChartsCoreOption {
  const placed = enterprises.filter((enterprise) => enterprise.lon !== null && enterprise.lat !== null);
  const place: Place = ({ lon, lat }) => [lon ?? 0, lat ?? 0];
  if (map === null) {
    const bare = { type: "value", scale: true, show: false };
    return {
      tooltip: tooltip(texts),
      grid: { left: 16, right: 16, top: 16, bottom: 16 },
      xAxis: bare,
      yAxis: bare,
      series: markSeries(placed, place, {}),
    };
  }
  const label = new Map<string, string>();
  for (const { properties } of districts) {
    const { name_zh = "", name_en = "" } = properties;
    label.set(name_zh, language === "zh" ? name_zh : name_en || name_zh);
  }
  return {
    tooltip: tooltip(texts),
    geo: {
      map,
      nameProperty: "name_zh",
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
        formatter: ({ name }: { name: string }) => label.get(name) ?? name,
      },
      tooltip: { show: false },
    },
    series: markSeries(placed, place, { coordinateSystem: "geo" }),
  };
}

/** Where nobody knows the places: every enterprise by score, the highest first. */
export function curveOption(enterprises: MarkedEnterprise[], texts: MapTexts): EChartsCoreOption {
  const scoreOf = (enterprise: MarkedEnterprise) => enterprise.score ?? 0;
  const order = [...enterprises].sort((a, b) => scoreOf(b) - scoreOf(a));
  const position = new Map(order.map((enterprise, index) => [enterprise.id, index + 1]));
  return {
    tooltip: tooltip(texts),
    grid: { left: 44, right: 16, top: 30, bottom: 32 },
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
    series: markSeries(order, (enterprise) => [position.get(enterprise.id) ?? 0, scoreOf(enterprise)], {}),
  };
}
