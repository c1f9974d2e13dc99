import { useMemo } from "react";
import { useLeaks, useSparksUntil, useStorms } from "./queries";
import type { Moment } from "./ReplayBar";
import { silentAfterS, stateOf } from "./state";
import type { Channel, ChannelAlarm, Episode, Sparks } from "./types";

const HOUR_MS = 3_600_000;

export interface Past {
  channels: Channel[];
  states: Map<number, ReturnType<typeof stateOf>>;
  sparks: Map<number, (number | null)[]>;
}

/** The newest value at bucket `at`, no older than a sensor may be silent; null where there was none. */
export function valueAt(mean: (number | null)[], at: number, backS: number, stepS: number): number | null {
  const oldest = Math.max(0, at - Math.ceil(backS / stepS));
  for (let n = Math.min(at, mean.length - 1); n >= oldest; n--) {
    const value = mean[n];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** The channels as they were at a moment: their values, curves and states, but for limits, which are today's. */
export function pastOf(
  channels: Channel[],
  sparks: Sparks,
  alarms: Map<number, ChannelAlarm>,
  at: number,
): Past {
  const stepMs = sparks.step_s * 1000;
  const bucket = Math.floor((at - Date.parse(sparks.start)) / stepMs);
  const curves = new Map(sparks.items.map((one) => [one.channel_id, one.mean]));
  const found: Past = { channels: [], states: new Map(), sparks: new Map() };
  for (const channel of channels) {
    const mean = curves.get(channel.id) ?? [];
    const value = valueAt(mean, bucket, silentAfterS(channel), sparks.step_s);
    const last_at = value === null ? null : new Date(at).toISOString();
    const then = { ...channel, last_value: value, last_at };
    found.channels.push(then);
    found.states.set(channel.id, stateOf(then, alarms.get(channel.id), at));
    found.sparks.set(channel.id, mean.slice(Math.max(0, bucket + 1 - HOUR_MS / stepMs), bucket + 1));
  }
  return found;
}

function alarmsAt(groups: { members: AlarmThen[] }[], at: number): Map<number, ChannelAlarm> {
  const order = ["high", "medium", "low"];
  const found = new Map<number, ChannelAlarm>();
  for (const alarm of groups.flatMap((group) => group.members)) {
    const over = alarm.over_at === null ? Number.POSITIVE_INFINITY : Date.parse(alarm.over_at);
    if (alarm.channel_id === null || Date.parse(alarm.since) > at || at > over) continue;
    const known = found.get(alarm.channel_id);
    if (!known || order.indexOf(alarm.tier) < order.indexOf(known.tier))
      found.set(alarm.channel_id, { ...alarm, channel_id: alarm.channel_id });
  }
  return found;
}
type AlarmThen = Omit<ChannelAlarm, "channel_id"> & { channel_id: number | null; over_at: string | null };

/** What the sensors showed at a past moment; null while nothing of the past is shown or it isn't there yet. */
export function usePast(id: string, channels: Channel[], then: Moment | null): Past | null {
  const end = then && new Date(Date.parse(then.start) + HOUR_MS).toISOString();
  const storms = useStorms(id, then?.start).data;
  const sparks = useSparksUntil(id, end).data;
  return useMemo(() => {
    if (!then || !sparks) return null;
    const at = Date.parse(then.frame.at);
    return pastOf(channels, sparks, alarmsAt(storms?.groups ?? [], at), at);
  }, [channels, storms, sparks, then]);
}

/** A leak as the plan shows it: its ground in metres on the plan, highest limit first. */
export interface Leak {
  id: number;
  plan: number | null;
  source: string | null;
  at: { x: number; y: number } | null;
  rate: number | null;
  rings: { limit: number; rings: [number, number][][] }[];
}

interface Evidence {
  plan?: number | null;
  source?: string | null;
  source_at?: { x: number; y: number } | null;
  rate_kg_h?: { middle: number } | null;
  area?: { limit_ppm: number; rings: [number, number][][] }[];
}

export function leakOf(episode: Episode): Leak {
  const told = episode.evidence as Evidence;
  return {
    id: episode.id,
    plan: told.plan ?? null,
    source: told.source ?? null,
    at: told.source_at ?? null,
    rate: told.rate_kg_h?.middle ?? null,
    rings: (told.area ?? []).map((one) => ({ limit: one.limit_ppm, rings: one.rings })),
  };
}

/** The leaks that are open now, or were at a past moment. */
export function useLeaksShown(id: string, then: Moment | null): Leak[] {
  const found = useLeaks(id, then?.start ?? null).data;
  return useMemo(() => {
    const at = then ? Date.parse(then.frame.at) : null;
    return (found?.items ?? [])
      .filter(({ since, cleared_at }) =>
        at === null
          ? cleared_at === null
          : Date.parse(since) <= at && (cleared_at === null || at <= Date.parse(cleared_at)),
      )
      .map(leakOf);
  }, [found, then]);
}
