import type { GraphCircle, GraphSpot } from "@/app/types";

export const FACTORS = ["human", "machine", "material", "method", "environment"] as const;
export type Factor = (typeof FACTORS)[number];
export type Group = Factor | "incident";
export type Side = "left" | "middle" | "right";

/** Red, orange, yellow and blue stand for risk alone; each factor also has its sign. */
export const GROUP_INK: Record<Group, string> = {
  human: "#6b3f7d",
  machine: "#3d5a63",
  material: "#7a5a3a",
  method: "#0f6a5c",
  environment: "#5b7030",
  incident: "#17343a",
};
const ORDER: Group[] = ["incident", "human", "environment", "machine", "material", "method"];
/** What stops harm stands right, what leads to it left; the incidents are between them, as in a bow tie. */
const STOPS = ["measure", "clause", "signal"];
const ROW = 42; // two lines of a name
const GAP = 12; // between two groups of one column
const NEAR = 210;
const FAR = 215; // further out, from two facts on
const BEND = 26; // how far the middle of a column stands out
const INCIDENTS = 10; // drawn at most; the list has them all
const TALLEST = 15; // rows of a near column; more would make all names small

export interface Placed {
  spot: GraphSpot;
  group: Group;
  side: Side;
  x: number;
  y: number;
}

export function groupOf(spot: { factor: string }): Group {
  return (FACTORS as readonly string[]).includes(spot.factor) ? (spot.factor as Factor) : "incident";
}

function sideOf(spot: GraphSpot): Side {
  if (STOPS.includes(spot.kind)) return "right";
  if (spot.kind === "industry") return "left";
  return groupOf(spot) === "incident" ? "middle" : "left";
}

/**
 * Places of a circle's nodes: what leads to harm left by factor, incidents down the middle, what stops it right; the
 * closest next to the middle, the others further out. Even rows keep the names apart.
 */
export function place(spots: GraphSpot[]): Placed[] {
  const sorted = [...spots].sort((a, b) => a.hops - b.hops || b.score - a.score);
  const of = (side: Side) => sorted.filter((spot) => sideOf(spot) === side);
  return [
    ...column("middle", of("middle").slice(0, INCIDENTS), 0),
    ...(["left", "right"] as const).flatMap((side) => {
      const own = of(side);
      const near = own.filter((spot) => spot.hops < 2).slice(0, TALLEST);
      const room = Math.max(0, Math.min(TALLEST, Math.ceil(own.length / 2)) - near.length);
      near.push(...own.filter((spot) => !near.includes(spot)).slice(0, room));
      const far = own.filter((spot) => !near.includes(spot));
      return [...column(side, near, NEAR), ...column(side, far, NEAR + FAR)];
    }),
  ];
}

function column(side: Side, spots: GraphSpot[], out: number): Placed[] {
  const sorted = [...spots].sort((a, b) => ORDER.indexOf(groupOf(a)) - ORDER.indexOf(groupOf(b)));
  const ys: number[] = [];
  let y = 0;
  sorted.forEach((spot, index) => {
    const before = sorted[index - 1];
    if (before) y += (side === "middle" ? ROW * 1.45 : ROW) + (groupOf(before) === groupOf(spot) ? 0 : GAP);
    ys.push(y);
  });
  return sorted.map((spot, index) => {
    const row = (ys[index] ?? 0) - y / 2;
    const x = out === 0 ? 0 : out + (y > 0 ? BEND * Math.cos((Math.PI * row) / y) : BEND);
    return { spot, group: groupOf(spot), side, x: side === "left" ? -x : x, y: row };
  });
}

/** One line for each pair of nodes that facts join: the best supported fact speaks for the others. */
export function lines(
  circle: GraphCircle,
  placed: Placed[],
): { id: string; source: string; target: string; support: number }[] {
  const drawn = new Set(placed.map((one) => one.spot.id));
  const best = new Map<string, { id: string; source: string; target: string; support: number }>();
  for (const fact of circle.facts) {
    if (!drawn.has(fact.source) || !drawn.has(fact.target)) continue;
    const id = `${fact.source} ${fact.target}`;
    const held = best.get(id);
    if (!held || held.support < fact.support)
      best.set(id, { id, source: fact.source, target: fact.target, support: fact.support });
  }
  return [...best.values()];
}

/** At most `most` characters' width, a Chinese one counting two. */
export function shorten(text: string, most = 26): string {
  let width = 0;
  for (const [index, sign] of [...text].entries()) {
    width += sign.charCodeAt(0) > 255 ? 2 : 1;
    if (width > most) return `${[...text].slice(0, index).join("")}…`;
  }
  return text;
}
