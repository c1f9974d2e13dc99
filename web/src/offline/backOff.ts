const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;

/**
 * How long to wait after `tries` failures in a row: doubling from two seconds to five minutes, and up to a quarter more
 * by chance, so that phones which lost the same network don't all come back in the same second.
 */
export function pauseAfter(tries: number, chance: number): number {
  const pause = Math.min(FIRST_MS * 2 ** Math.max(0, tries - 1), LONGEST_MS);
  return Math.round(pause * (1 + chance / 4));
}
