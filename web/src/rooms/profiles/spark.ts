const MARGIN = 3;

/** The path of `values` in a box of `width` × `height`; null when there are fewer than two. */
export function sparkPath(values: number[], width: number, height: number) {
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const points = known.map((value, index): [number, number] => {
    const x = MARGIN + (index / (known.length - 1)) * (width - 2 * MARGIN);
    const share = span === 0 ? 0.5 : (value - low) / span; // a level line runs in the middle
    return [round(x), round(height - MARGIN - share * (height - 2 * MARGIN))];
  });
  const line = points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join(" ");
  return { line, last: points[points.length - 1] as [number, number] };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
