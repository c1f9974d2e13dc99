import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, put, query } from "@/app/client";
import type {
  AlarmStorms,
  Channel,
  ChannelsPage,
  ChartData,
  EdgeNode,
  EdgeNodes,
  EpisodesPage,
  Forecast,
  NewNode,
  PeoplePresent,
  RiskExplained,
  RiskMap,
  RiskReplay,
  Sparks,
} from "./types";

export const MOST_CHANNELS = 1_000;
const MINUTE = 60_000;

// What an event makes stale is asked for again at once (app/live.ts); the intervals are for what no event tells.

export function useChannels(enterpriseId: string) {
  return useQuery({
    queryKey: ["sensing", "channels", enterpriseId],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<ChannelsPage>(
        `/sensing/channels${query({ enterprise_id: enterpriseId, size: MOST_CHANNELS })}`,
        signal,
      ),
  });
}

export function useStorms(enterpriseId: string, since?: string) {
  return useQuery({
    queryKey: ["sensing", "storms", enterpriseId, since ?? ""],
    refetchInterval: MINUTE,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<AlarmStorms>(`/sensing/storms${query({ enterprise_id: enterpriseId, since })}`, signal),
  });
}

export function useSparks(enterpriseId: string) {
  return useQuery({
    queryKey: ["sensing", "sparks", enterpriseId],
    refetchInterval: MINUTE,
    queryFn: ({ signal }) => get<Sparks>(`/sensing/sparks${query({ enterprise_id: enterpriseId })}`, signal),
  });
}

/** The hour and a half before a past moment, in buckets as long as the steps of a replay. */
export function useSparksUntil(enterpriseId: string, until: string | null) {
  return useQuery({
    queryKey: ["sensing-past", "sparks", enterpriseId, until],
    enabled: until !== null,
    staleTime: 10 * MINUTE, // what has passed doesn't change
    queryFn: ({ signal }) =>
      get<Sparks>(
        `/sensing/sparks${query({ enterprise_id: enterpriseId, minutes: 90, points: 180, until })}`,
        signal,
      ),
  });
}

/** Leaks that are open; or, since a past moment, those of the hour after it. */
export function useLeaks(enterpriseId: string, since: string | null) {
  const until = since && new Date(Date.parse(since) + 60 * MINUTE).toISOString();
  return useQuery({
    queryKey: ["sensing", "events", "leaks", enterpriseId, since],
    refetchInterval: since ? false : MINUTE,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<EpisodesPage>(
        `/sensing/events${query({ enterprise_id: enterpriseId, kind: "leak", size: 50, ...(since ? { since, until } : { open_only: "true" }) })}`,
        signal,
      ),
  });
}

export function usePresent(enterpriseId: string) {
  return useQuery({
    queryKey: ["positions", enterpriseId],
    refetchInterval: MINUTE / 2,
    queryFn: ({ signal }) =>
      get<PeoplePresent>(`/positions/people${query({ enterprise_id: enterpriseId })}`, signal),
  });
}

export function useRiskMap(enterpriseId: string, plan: number | null) {
  return useQuery({
    queryKey: ["riskmap", enterpriseId, String(plan ?? "")],
    refetchInterval: MINUTE,
    queryFn: ({ signal }) => get<RiskMap>(`/riskmap${query({ enterprise_id: enterpriseId, plan })}`, signal),
  });
}

/** What is asked about: a cell of a plan or an area, now or at a past moment. */
export type Asked = { plan: number; cell: number; at?: string } | { area: number; at?: string };

export function useWhy(enterpriseId: string, asked: Asked | null) {
  return useQuery({
    queryKey: ["riskmap", enterpriseId, "why", JSON.stringify(asked)],
    enabled: asked !== null,
    queryFn: ({ signal }) => {
      if (asked === null) throw new Error("nothing was asked");
      const { at } = asked;
      const path =
        "area" in asked
          ? `/riskmap/areas/${asked.area}${query({ at })}`
          : `/riskmap/cells/${asked.cell}${query({ enterprise_id: enterpriseId, plan: asked.plan, at })}`;
      return get<RiskExplained>(path, signal);
    },
  });
}

export function useReplay(enterpriseId: string, plan: number | null, start: string, end: string) {
  return useQuery({
    queryKey: ["riskmap-replay", enterpriseId, String(plan ?? ""), start, end],
    staleTime: 10 * MINUTE, // what has passed doesn't change
    queryFn: ({ signal }) =>
      get<RiskReplay>(
        `/riskmap/replay${query({ enterprise_id: enterpriseId, plan, start, end, step: 30 })}`,
        signal,
      ),
  });
}

export function useChannel(id: string) {
  return useQuery({
    queryKey: ["sensing", "channel", id],
    queryFn: ({ signal }) => get<Channel>(`/sensing/channels/${encodeURIComponent(id)}`, signal),
  });
}

export const SPANS = { "1h": 3_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 } as const;
export type Span = keyof typeof SPANS;
const CHART_EVERY: Record<Span, number> = {
  "1h": 5_000,
  "24h": MINUTE,
  "7d": 5 * MINUTE,
  "30d": 15 * MINUTE,
};

export function useChart(id: string, span: Span, personal: boolean) {
  return useQuery({
    queryKey: ["sensing", "chart", id, span],
    // Each look at a personal channel is written down: it isn't looked at again by itself.
    refetchInterval: personal ? false : CHART_EVERY[span],
    queryFn: async ({ signal }) => {
      const end = Date.now();
      const times = {
        start: new Date(end - SPANS[span] * 1000).toISOString(),
        end: new Date(end + 1000).toISOString(),
      };
      const chart = await get<ChartData>(
        `/sensing/channels/${id}/chart${query({ ...times, points: 800 })}`,
        signal,
      );
      return { ...chart, from: end - SPANS[span] * 1000, until: end };
    },
  });
}

export function useEvents(channel: Channel, span: Span) {
  return useQuery({
    queryKey: ["sensing", "events", String(channel.id), span],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - SPANS[span] * 1000).toISOString();
      const search = query({ enterprise_id: channel.enterprise_id, channel: channel.id, since, size: 100 });
      return get<EpisodesPage>(`/sensing/events${search}`, signal);
    },
  });
}

export function useForecast(id: string, wanted: boolean) {
  return useQuery({
    queryKey: ["sensing", "forecast", id],
    enabled: wanted,
    refetchInterval: MINUTE,
    queryFn: ({ signal }) => get<Forecast>(`/sensing/channels/${id}/forecast`, signal),
  });
}

export function useEdgeNodes(enterpriseId: string) {
  return useQuery({
    queryKey: ["edge", enterpriseId],
    refetchInterval: MINUTE / 4,
    queryFn: ({ signal }) => get<EdgeNodes>(`/edge/nodes${query({ enterprise_id: enterpriseId })}`, signal),
  });
}

function useChange<In, Out>(stale: string, change: (input: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: [stale] }),
  });
}

export function usePlaceSensor() {
  return useChange(
    "sensing",
    ({ id, ...body }: { id: number; x: number | null; y: number | null; area_id?: number }) =>
      put<Channel>(`/sensing/channels/${id}/place`, body),
  );
}

export function useOpenNode() {
  return useChange("edge", (body: { organisation_id: number; name: string }) =>
    post<NewNode>("/edge/nodes", body),
  );
}

export function useNewToken() {
  return useChange("edge", (id: number) => post<NewNode>(`/edge/nodes/${id}/token`));
}

export function useCloseNode() {
  return useChange("edge", (id: number) => post<void>(`/edge/nodes/${id}/close`));
}

export interface Desired {
  batch_s: number | null;
  commit_s: number | null;
  keep_sent_h: number | null;
  bundles: string[];
}

export function useSetDesired() {
  return useChange("edge", ({ id, ...body }: Desired & { id: number }) =>
    put<EdgeNode>(`/edge/nodes/${id}/desired`, body),
  );
}
