import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { ApiError, get, post, query } from "@/app/client";
import { useMe } from "@/rooms/accounts/session";
import { type QueueState, sender } from "./sender";
import { keepList, readList } from "./store";
import type { Dimension, Rates, Round, RoundOfDay } from "./types";

/** What waits on this device, and how sending goes. */
export function useQueue(): QueueState {
  const { username } = useMe();
  const state = useSyncExternalStore(sender.subscribe, sender.snapshot);
  useEffect(() => void sender.start(username), [username]);
  return state;
}

/** Today's list; without a network, as it was last seen here. */
export function useRound(enterpriseId: string) {
  const { username } = useMe();
  return useQuery({
    queryKey: ["round", enterpriseId],
    networkMode: "always",
    retry: false,
    queryFn: async ({ signal }) => {
      try {
        const path = `/enterprises/${encodeURIComponent(enterpriseId)}/round`;
        const found = await get<RoundOfDay>(path, signal);
        void keepList(username, enterpriseId, found).catch(() => undefined);
        return found;
      } catch (error) {
        const lost = error instanceof ApiError && error.status === 0;
        const kept = lost ? await readList(username, enterpriseId).catch(() => undefined) : undefined;
        if (kept) return kept;
        throw error;
      }
    },
  });
}

export function useDraw(enterpriseId: string) {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (size: number) =>
      post<Round>(`/enterprises/${encodeURIComponent(enterpriseId)}/round`, { size }),
    onSettled: () => client.invalidateQueries({ queryKey: ["round", enterpriseId] }),
  });
}

export interface RateFilter {
  by: Dimension;
  since: string;
  until: string;
}

export function useRates(filter: RateFilter) {
  return useQuery({
    queryKey: ["rates", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Rates>(`/verify/rates${query({ ...filter })}`, signal),
  });
}
