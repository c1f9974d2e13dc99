import type { EChartsCoreOption } from "echarts/core";
import { INK, RISK } from "@/app/theme";
import type { HazardLevel, HazardMap } from "@/app/types";

export type Place = HazardMap["places"][number];
export type Spot = HazardMap["spots"][number];

const COLOUR: Record<HazardLevel, string> = {
  major: RISK.red,
  high: RISK.orange,
  medium: RISK.yellow,
  low: RISK.blue,
};
const SYMBOL: Record<HazardLevel, string> = {
  major: "diamond",
  high: "triangle",
  medium: "rect",
  low: "circle",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A mark's size by how many hazards it stands for. */
export function sizeOf(count: number): number {
  return Math.min(34, 8 + 4 * Math.log2(count));
}

interface Mark {
  id: number;
  level: HazardLevel;
  at: [number, number];
  size: number;
  lines: string[];
  late: boolean;
}

function series(marks: Mark[]) {
  return {
    type: "scatter",
    cursor: "pointer",
    data: marks.map((mark) => ({
      id: mark.id,
      value: mark.at,
      symbol: SYMBOL[mark.level],
      symbolSize: mark.size,
      lines: mark.lines,
      itemStyle: {
        color: COLOUR[mark.level],
        opacity: 0.88,
        borderColor: mark.late ? INK : "#fff",
        borderWidth: mark.late ? 2.5 : 1,
      },
    })),
  };
}

const tooltip = {
  trigger: "item",
  confine: true,
  formatter: ({ data }: { data?: { lines?: string[] } }) => (data?.lines ?? []).map(escapeHtml).join("<br>"),
};

export interface MapTexts {
  open: (count: number) => string;
  late: (count: number) => string;
  lateOne: string;
  title: (spot: Spot) => string;
}

/** Enterprises of a region by their position; the larger, the more hazards are open; a dark rim says that some are late. */
export function placesOption(places: Place[], texts: MapTexts, geo: string | null): EChartsCoreOption {
  const marks = places.map((place) => ({
    id: place.enterprise_id,
    level: place.level,
    at: [place.lon, place.lat] as [number, number],
    size: sizeOf(place.open),
    lines: [place.name, texts.open(place.open), ...(place.overdue > 0 ? [texts.late(place.overdue)] : [])],
    late: place.overdue > 0,
  }));
  if (geo === null) return onAxes(marks, { scale: true });
  return {
    tooltip,
    geo: {
      map: geo,
      nameProperty: "name_zh",
      top: 12,
      bottom: 12,
      left: 12,
      right: 12,
      silent: true,
      itemStyle: { areaColor: "#eef2f2", borderColor: "#b9c6c7", borderWidth: 1 },
    },
    series: [{ ...series(marks), coordinateSystem: "geo" }],
  };
}

function onAxes(marks: Mark[], axis: object): EChartsCoreOption {
  const bare = { type: "value", show: false, ...axis };
  return {
    tooltip,
    grid: { left: 12, right: 12, top: 12, bottom: 12 },
    xAxis: bare,
    yAxis: bare,
    series: [series(marks)],
  };
}

/** Hazards on a plan (shares of its width and height from the upper left), or by position on earth. */
export function spotsOption(spots: Spot[], plan: boolean, texts: MapTexts): EChartsCoreOption {
  const marks = spots.map((spot) => ({
    id: spot.id,
    level: spot.level,
    at: [(plan ? spot.x : spot.lon) ?? 0, (plan ? spot.y : spot.lat) ?? 0] as [number, number],
    size: spot.level === "major" ? 18 : 13,
    lines: [texts.title(spot), ...(spot.overdue ? [texts.lateOne] : [])],
    late: spot.overdue,
  }));
  if (!plan) return onAxes(marks, { scale: true });
  const share = { type: "value", min: 0, max: 1, show: false };
  return {
    tooltip,
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: share,
    yAxis: { ...share, inverse: true },
    series: [series(marks)],
  };
}
