import type { Point } from "@/rooms/places/outline";
import type { Permit } from "./queries";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const A_SHIFT = 8;

export type PermitState = Permit["state"];

/** The state at a moment: what begins or runs out by time alone is told by no event. */
export function stateAt(
  permit: Pick<Permit, "starts_at" | "ends_at" | "closed_at">,
  now: number,
): PermitState {
  if (permit.closed_at !== null) return "closed";
  if (now < Date.parse(permit.starts_at)) return "waiting";
  return now < Date.parse(permit.ends_at) ? "valid" : "expired";
}

/** Until when a new permit holds unless somebody says otherwise: a shift, or less where less is allowed. */
export function usualEnd(start: Date, longest: number | undefined): Date {
  return new Date(start.getTime() + Math.min(longest ?? A_SHIFT, A_SHIFT) * HOUR);
}

/** The latest end to the minute, as fields count; null where no whole minute is left to extend by. */
export function latestEnd(permit: Pick<Permit, "ends_at" | "latest_end">): Date | null {
  const latest = Math.floor(Date.parse(permit.latest_end) / MINUTE) * MINUTE;
  return latest > Date.parse(permit.ends_at) ? new Date(latest) : null;
}

/** Whether a spot lies within an outline (crossings of a ray to the right). */
export function within(outline: Point[], [x, y]: Point): boolean {
  let inside = false;
  outline.forEach(([x1, y1], at) => {
    const [x0, y0] = outline[(at + outline.length - 1) % outline.length] as Point;
    if (y0 > y !== y1 > y && x < ((x0 - x1) * (y - y1)) / (y0 - y1) + x1) inside = !inside;
  });
  return inside;
}
