export interface Segment {
  text: string;
  start: number;
  /** Share of the strongest marked words in this narrative, (0, 1]; 0 where nothing is marked. */
  strength: number;
  weight: number;
}

interface MarkedSpan {
  start: number;
  end: number;
  weight: number;
}

/**
 * Cuts a narrative where its deciding words begin and end. Offsets count code points, as the coder counts them, not
 * UTF-16 units. Where spans overlap, the heavier one counts; spans outside the text or of no weight are left out.
 */
export function segments(narrative: string, spans: readonly MarkedSpan[]): Segment[] {
  const signs = Array.from(narrative);
  const good = spans
    .map((span) => ({ ...span, start: Math.max(0, span.start), end: Math.min(signs.length, span.end) }))
    .filter((span) => span.start < span.end && span.weight > 0);
  const strongest = Math.max(0, ...good.map((span) => span.weight));
  const cuts = [...new Set([0, signs.length, ...good.flatMap((span) => [span.start, span.end])])].sort(
    (a, b) => a - b,
  );
  const parts: Segment[] = [];
  for (let index = 0; index + 1 < cuts.length; index += 1) {
    const start = cuts[index] as number;
    const end = cuts[index + 1] as number;
    const over = good.filter((span) => span.start <= start && end <= span.end);
    const weight = Math.max(0, ...over.map((span) => span.weight));
    parts.push({
      text: signs.slice(start, end).join(""),
      start,
      strength: weight > 0 ? weight / strongest : 0,
      weight,
    });
  }
  return parts;
}
