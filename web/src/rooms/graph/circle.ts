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
const SIDES: Record<Group, Side> = {
  human: "left",
  method: "left",
  environment: "left",
  machine: "right",
  material: "right",
  incident: "middle",
};
const ORDER: Group[] = ["incident", "human", "machine", "environment", "material", "method"];
const ROW = 34;
const GAP = 18; // between two groups of one side
const NEAR = 250;
const FAR = 250; // further out, from two facts on
const BEND = 44; // how far the middle of a side stands out

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

/**
 * Places of a circle's nodes: incidents down the middle, people, method and surroundings left, machine and material
 * right, closest groups together, what is two facts away further out. Even rows keep the names apart.
 */
export function place(spots: GraphSpot[]): Placed[] {
  const sorted = [...spots].sort(
    (a, b) => ORDER.indexOf(groupOf(a)) - ORDER.indexOf(groupOf(b)) || a.hops - b.hops || b.score - a.score,
  );
  return (["left", "middle", "right"] as const).flatMap((side) =>
    column(
      side,
      sorted.filter((spot) => SIDES[groupOf(spot)] === side),
    ),
  );
}

function column(side: Side, spots: GraphSpot[]): Placed[] {
  const rows = side === "middle" ? ROW * 1.7 : ROW;
  const heights: number[] = [];
  let height = 0;
  spots.forEach((spot, index) => {
    const before = spots[index - 1];
    if (before && groupOf(before) !== groupOf(spot)) height += GAP;
    heights.push(height);
    height += rows;
  });
  const last = heights.at(-1) ?? 0;
  return spots.map((spot, index) => {
    const y = (heights[index] ?? 0) - last / 2;
    const out = side === "middle" ? 0 : NEAR + (spot.hops > 1 ? FAR : 0) + bend(y, last);
    return { spot, group: groupOf(spot), side, x: side === "left" ? -out : out, y };
  });
}

function bend(y: number, height: number): number {
  return height > 0 ? BEND * Math.cos((Math.PI * y) / height) : BEND;
}

/** One line for each pair of nodes that facts join: the best supported fact speaks for the others. */
export function lines(
  circle: GraphCircle,
): { id: string; source: string; target: string; support: number }[] {
  const best = new Map<string, { id: string; source: string; target: string; support: number }>();
  for (const fact of circle.facts) {
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
