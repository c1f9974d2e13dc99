export type Point = [x: number, y: number];
export type Outline = Point[];

/** How near a click must be to the first corner to close an outline, in shares of the plan's width. */
export const NEAR = 0.02;

function inside(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Rounded to a thousandth of a per cent: below a millimetre of a plan of 100 m. */
export function spot(x: number, y: number): Point {
  return [Math.round(inside(x) * 1e5) / 1e5, Math.round(inside(y) * 1e5) / 1e5];
}

/** The outline moved as a whole; it stops at the plan's edge and keeps its form. */
export function moved(outline: Outline, dx: number, dy: number): Outline {
  if (outline.length === 0) return outline;
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const right = Math.max(-Math.min(...xs), Math.min(1 - Math.max(...xs), dx));
  const down = Math.max(-Math.min(...ys), Math.min(1 - Math.max(...ys), dy));
  return outline.map(([x, y]) => spot(x + right, y + down));
}

/** One corner put elsewhere. */
export function cornerMoved(outline: Outline, index: number, to: Point): Outline {
  return outline.map((point, at) => (at === index ? spot(...to) : point));
}

/** Whether a click at `to` closes an outline with these corners; `ratio` is the plan's height by its width. */
export function closes(corners: Outline, to: Point, ratio: number): boolean {
  const first = corners[0];
  if (corners.length < 3 || first === undefined) return false;
  return Math.hypot(first[0] - to[0], (first[1] - to[1]) * ratio) < NEAR;
}

/** Where the name of an area stands: the centre of gravity, of a line the mean. */
export function middle(outline: Outline): Point | null {
  if (outline.length === 0) return null;
  let twice = 0;
  let cx = 0;
  let cy = 0;
  outline.forEach(([x0, y0], at) => {
    const [x1, y1] = outline[(at + 1) % outline.length] as Point;
    const cross = x0 * y1 - x1 * y0;
    twice += cross;
    cx += (x0 + x1) * cross;
    cy += (y0 + y1) * cross;
  });
  if (Math.abs(twice) < 1e-9) {
    const mean = (axis: 0 | 1) => outline.reduce((sum, point) => sum + point[axis], 0) / outline.length;
    return [mean(0), mean(1)];
  }
  return [cx / (3 * twice), cy / (3 * twice)];
}

/** `30.25, 120.15` as a position; null for nothing, undefined for what is no position. */
export function position(text: string): Point | null | undefined {
  const plain = text.trim();
  if (!plain) return null;
  const parts = plain.split(/[,，\s]+/).map(Number);
  const [lat, lon] = parts;
  if (parts.length !== 2 || lat === undefined || lon === undefined) return undefined;
  if (!Number.isFinite(lat) || !Number.isFinite(lon) || Math.abs(lat) > 90 || Math.abs(lon) > 180)
    return undefined;
  return [lat, lon];
}
