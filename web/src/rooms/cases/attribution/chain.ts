import type { AttributionLink, AttributionSpan } from "@/app/types";

export type Column = "cause" | "event" | "result";
export const COLUMNS: readonly Column[] = ["cause", "event", "result"];

/** The column of the chain that a span stands in: injuries and damage are both results. */
export function columnOf(span: AttributionSpan): Column {
  return span.kind === "cause" || span.kind === "event" ? span.kind : "result";
}

/** Places of the spans of each column, in the order of telling. */
export function columns(spans: readonly AttributionSpan[]): Record<Column, number[]> {
  const out: Record<Column, number[]> = { cause: [], event: [], result: [] };
  spans.forEach((span, place) => {
    out[columnOf(span)].push(place);
  });
  return out;
}

/** The spans that a span leads to, and those that led to it. */
export function joined(place: number, links: readonly AttributionLink[]): Set<number> {
  return new Set(
    links.flatMap((link) =>
      link.source === place ? [link.target] : link.target === place ? [link.source] : [],
    ),
  );
}

export interface Piece {
  text: string;
  start: number;
  /** Place of the span, or -1 between spans. */
  span: number;
}

/** Cuts a narrative at its spans. Offsets count code points; spans do not overlap. */
export function pieces(narrative: string, spans: readonly AttributionSpan[]): Piece[] {
  const signs = Array.from(narrative);
  const out: Piece[] = [];
  let at = 0;
  const add = (end: number, span: number) => {
    if (end > at) out.push({ text: signs.slice(at, end).join(""), start: at, span });
    at = Math.max(at, end);
  };
  spans.forEach((span, place) => {
    add(span.start, -1);
    add(span.end, place);
  });
  add(signs.length, -1);
  return out;
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A curve from one step to the next: sideways where columns stand beside each other, downwards where they are stacked. */
export function curve(from: Box, to: Box): string {
  if (to.left >= from.right) {
    const [y1, y2] = [(from.top + from.bottom) / 2, (to.top + to.bottom) / 2];
    const middle = (from.right + to.left) / 2;
    return `M${from.right},${y1} C${middle},${y1} ${middle},${y2} ${to.left - 5},${y2}`;
  }
  // In the middle, clear of the headings at the left.
  const [x1, x2] = [(from.left + from.right) / 2, (to.left + to.right) / 2];
  return `M${x1},${from.bottom} L${x2},${to.top - 5}`;
}
