/** The widest bar of a pair: bits beyond it are drawn no wider. */
const CAP = 20;

/** What half a bar's track stands for: the strongest field, at least five bits. */
export function scaleOf(bits: number[]): number {
  return Math.min(CAP, Math.max(5, ...bits.map(Math.abs)));
}

/** Where a bar begins and how wide it is, in per cent of its track; the middle is nought. */
export function barOf(bits: number, scale: number): { left: string; width: string } {
  const half = (50 * Math.min(Math.abs(bits), scale)) / scale;
  return { left: `${bits < 0 ? 50 - half : 50}%`, width: `${half}%` };
}

/** Bits with their sign: `+3.2`, `−1.0`, `0`. */
export function signed(bits: number): string {
  const text = Math.abs(bits).toFixed(1);
  if (text === "0.0") return "0";
  return bits > 0 ? `+${text}` : `−${text}`;
}
