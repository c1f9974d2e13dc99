import type { Channel, ChannelAlarm, Limit } from "./types";

/** How a sensor stands, the gravest first. */
export const STATES = ["alarm", "warning", "silent", "near", "uncalibrated", "normal"] as const;
export type SensorState = (typeof STATES)[number];

const SILENT_TIMES = 5; // sampling intervals without a reading, as the quality marks of the platform count,
const SILENT_LEAST_S = 120; // and no less than this: batches come by the minute
const NEAR_HIGH = 0.1; // a tenth below an upper limit,
const NEAR_LOW = 0.05; // a twentieth above a lower one: oxygen in clean air is 7 % above its limit

/** Seconds without a reading after which a channel counts as silent. */
export function silentAfterS(channel: Channel): number {
  return Math.max(SILENT_TIMES * channel.every_s, SILENT_LEAST_S);
}

export function isSilent(channel: Channel, now: number): boolean {
  if (channel.last_at === null) return true;
  return now - Date.parse(channel.last_at) > silentAfterS(channel) * 1000;
}

/** What the newest value says by itself; detectors may say more, or not yet. */
export function byValue(value: number, limits: Limit[]): "alarm" | "warning" | "near" | null {
  let found: "warning" | "near" | null = null;
  for (const limit of limits) {
    const high = limit.kind === "high" || limit.kind === "high_high";
    if (!high && limit.kind !== "low" && limit.kind !== "low_low") continue;
    if (high ? value >= limit.value : value <= limit.value) {
      if (limit.kind === "high_high" || limit.kind === "low_low") return "alarm";
      found = "warning";
    } else if (!found) {
      const gap = Math.abs(limit.value) * (high ? NEAR_HIGH : NEAR_LOW);
      if (high ? value >= limit.value - gap : value <= limit.value + gap) found = "near";
    }
  }
  return found;
}

/** The state of a sensor: its gravest open alarm, its newest value against its limits, its silence, its calibration. */
export function stateOf(channel: Channel, alarm: ChannelAlarm | undefined, now: number): SensorState {
  const silent = isSilent(channel, now);
  const spoken = alarm && alarm.kind !== "silent" ? alarm : undefined;
  if (spoken?.tier === "high") return "alarm";
  // A value that is no longer measured says nothing of now.
  const value = silent || channel.last_value === null ? null : byValue(channel.last_value, channel.limits);
  if (value === "alarm") return "alarm";
  if (spoken || value === "warning") return "warning";
  if (silent || alarm) return "silent";
  if (value === "near") return "near";
  return channel.calibrated ? "normal" : "uncalibrated";
}

export function gravest(states: SensorState[]): SensorState {
  return STATES.find((state) => states.includes(state)) ?? "normal";
}

/** Whether a state asks for somebody's eyes. */
export function isCalm(state: SensorState): boolean {
  return state === "normal" || state === "near" || state === "uncalibrated";
}

/** As many digits as a reading deserves: four figures that count, never more than three decimals. */
export function digitsOf(value: number): number {
  if (Number.isInteger(value)) return 0;
  const size = Math.floor(Math.log10(Math.abs(value) || 1));
  return Math.max(0, Math.min(3, 3 - size));
}
