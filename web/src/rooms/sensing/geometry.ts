import type { Place, PlacesOf, SitePlan } from "@/app/types";
import { middle } from "@/rooms/places/outline";
import type { Channel } from "./types";

/**
 * One rule for every position on a plan, that of `server/positions/geometry.py`: metres, x to the right and y up, from
 * the plan's lower left corner. A screen counts in shares of the picture, from its upper left corner.
 */
export type Share = readonly [x: number, y: number];

export interface Box {
  left: number;
  bottom: number;
  wide: number;
  high: number;
}

/** What a plan, or a sketch where there is none, shows. `box`: metres; null where nobody measured the plan. */
export interface Scene {
  key: string;
  plan: SitePlan | null;
  area: Place | null;
  box: Box | null;
  ratio: number; // height by width
  channels: Channel[];
}

/** Channels that stand so close that they share one mark. `measured`: their place is known, not only their area. */
export interface Spot {
  key: string;
  at: Share;
  measured: boolean;
  channels: Channel[];
}

export function toShare(box: Box, x: number, y: number): Share {
  return [(x - box.left) / box.wide, 1 - (y - box.bottom) / box.high];
}

/** Metres to the centimetre. */
export function toMetres(box: Box, [x, y]: Share): { x: number; y: number } {
  const round = (value: number) => Math.round(value * 100) / 100;
  return { x: round(box.left + x * box.wide), y: round(box.bottom + (1 - y) * box.high) };
}

export function planBox(plan: SitePlan): Box | null {
  if (plan.metres_wide === null) return null;
  return {
    left: 0,
    bottom: 0,
    wide: plan.metres_wide,
    high: (plan.metres_wide * plan.height) / plan.width,
  };
}

const MARGIN = 0.12;
const LEAST_M = 10;
const SKETCH_RATIO = 0.6;

/** A box in the form of a sketch around places in metres; null of none. */
export function boxAround(places: { x: number | null; y: number | null }[]): Box | null {
  const known = places.filter((one): one is { x: number; y: number } => one.x !== null && one.y !== null);
  if (known.length === 0) return null;
  const [xs, ys] = [known.map((one) => one.x), known.map((one) => one.y)];
  const span = (of: number[]) => Math.max(...of) - Math.min(...of);
  const wide = Math.max(LEAST_M, span(xs), span(ys) / SKETCH_RATIO) * (1 + 2 * MARGIN);
  const high = wide * SKETCH_RATIO;
  const centre = (of: number[]) => (Math.max(...of) + Math.min(...of)) / 2;
  return { left: centre(xs) - wide / 2, bottom: centre(ys) - high / 2, wide, high };
}

/** Every plan, and a sketch for each area (or no area) whose channels stand on none; plans with channels first. */
export function scenesOf(places: PlacesOf, channels: Channel[]): Scene[] {
  const areas = new Map(places.areas.map((area) => [area.id, area]));
  const measured = places.plans.filter((plan) => plan.metres_wide !== null);
  const only = measured.length === 1 ? measured[0] : undefined;
  const byScene = new Map<string, Channel[]>();
  for (const channel of channels.filter((one) => !one.closed)) {
    const area = channel.area_id === null ? undefined : areas.get(channel.area_id);
    const plan = area ? area.plan_id : channel.x !== null ? (only?.id ?? null) : null;
    const key = plan !== null ? `plan-${plan}` : `area-${area?.id ?? 0}`;
    byScene.set(key, [...(byScene.get(key) ?? []), channel]);
  }
  const plans = places.plans.map((plan) => ({
    key: `plan-${plan.id}`,
    plan,
    area: null,
    box: planBox(plan),
    ratio: plan.height / plan.width,
    channels: byScene.get(`plan-${plan.id}`) ?? [],
  }));
  plans.sort((a, b) => Number(b.channels.length > 0) - Number(a.channels.length > 0));
  const sketches = [...byScene]
    .filter(([key]) => key.startsWith("area-"))
    .map(([key, of]) => ({
      key,
      plan: null,
      area: areas.get(Number(key.slice(5))) ?? null,
      box: boxAround(of),
      ratio: SKETCH_RATIO,
      channels: of,
    }));
  return [...plans, ...sketches];
}

/** Channels of a scene put together where they stand within `near` (a share of the width) of one another. */
export function spotsOf(scene: Scene, areas: Place[], near: number): Spot[] {
  const spots: { at: Share; measured: boolean; channels: Channel[] }[] = [];
  const rest = new Map<number, Channel[]>();
  for (const channel of [...scene.channels].sort((a, b) => a.key.localeCompare(b.key))) {
    if (scene.box && channel.x !== null && channel.y !== null) {
      const at = toShare(scene.box, channel.x, channel.y);
      const known = spots.find(
        (spot) => Math.hypot(spot.at[0] - at[0], (spot.at[1] - at[1]) * scene.ratio) < near,
      );
      if (known) known.channels.push(channel);
      else spots.push({ at, measured: true, channels: [channel] });
    } else rest.set(channel.area_id ?? 0, [...(rest.get(channel.area_id ?? 0) ?? []), channel]);
  }
  for (const [areaId, of] of rest) {
    const area = areas.find((one) => one.id === areaId);
    const centre = area && scene.plan ? middle(area.outline) : null;
    if (centre)
      spots.push({ at: [centre[0], Math.min(0.97, centre[1] + 0.05)], measured: false, channels: of });
    else if (!scene.plan)
      of.forEach((channel, n) => {
        spots.push({ at: inGrid(n, of.length, spots.length > 0), measured: false, channels: [channel] });
      });
  }
  return spots.map((spot) => ({ ...spot, key: spot.channels.map((channel) => channel.id).join("-") }));
}

/** A place for one of `count` whose places nobody knows: in rows, below the others where there are any. */
function inGrid(n: number, count: number, below: boolean): Share {
  const columns = Math.ceil(Math.sqrt(count / (below ? 0.2 : SKETCH_RATIO)));
  const rows = Math.ceil(count / columns);
  const top = below ? 0.82 : 0;
  const y = top + ((1 - top) * (Math.floor(n / columns) + 0.5)) / rows;
  return [((n % columns) + 0.5) / columns, y];
}

/** Channels of a plan that can't be drawn: they stand in no area and have no place. */
export function unplaced(scene: Scene, spots: Spot[]): Channel[] {
  const drawn = new Set(spots.flatMap((spot) => spot.channels.map((channel) => channel.id)));
  return scene.channels.filter((channel) => !drawn.has(channel.id));
}

/** Distance in metres between two lines of a grid that has 4 to 10 of them: 1, 2 or 5 times a power of ten. */
export function gridStep(wide: number): number {
  const rough = wide / 8;
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((one) => one * ten >= rough) ?? 10) * ten;
}

/** One path for all cells of each level: rows of neighbours are joined. Cells are unit squares, from the upper left. */
export function cellPaths(levels: number[], columns: number): Map<number, string> {
  const found = new Map<number, string>();
  for (let start = 0; start < levels.length; ) {
    const level = levels[start] as number;
    const row = Math.floor(start / columns);
    let end = start + 1;
    while (end < (row + 1) * columns && end < levels.length && levels[end] === level) end += 1;
    const path = `M${start - row * columns} ${row}h${end - start}v1h${start - end}z`;
    found.set(level, (found.get(level) ?? "") + path);
    start = end;
  }
  return found;
}
