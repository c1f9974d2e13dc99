import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post } from "@/app/client";
import { staleKeys } from "@/app/live";
import type { Page, RecordCluster, RecordPair, RecordPairCounts, RecordPairDetail } from "@/app/types";

export const PAGE_SIZE = 50;

export interface PairFilter {
  kind: string;
  state: string;
  q: string;
  page: number;
}

export function usePairs(filter: PairFilter) {
  const search = new URLSearchParams({
    kind: filter.kind,
    state: filter.state,
    q: filter.q,
    page: `${filter.page}`,
    size: `${PAGE_SIZE}`,
  });
  return useQuery({
    queryKey: ["linkage", "pairs", search.toString()],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Page<RecordPair>>(`/linkage/pairs?${search}`, signal),
  });
}

export function usePairCounts(kind: string) {
  return useQuery({
    queryKey: ["linkage", "counts", kind],
    queryFn: ({ signal }) => get<RecordPairCounts>(`/linkage/counts?kind=${kind}`, signal),
  });
}

export function usePair(id: string) {
  return useQuery({
    queryKey: ["linkage", "pair", id],
    queryFn: ({ signal }) => get<RecordPairDetail>(`/linkage/pairs/${encodeURIComponent(id)}`, signal),
  });
}

export function useCluster(key: string | null) {
  return useQuery({
    queryKey: ["linkage", "cluster", key],
    enabled: key !== null,
    queryFn: ({ signal }) => get<RecordCluster>(`/linkage/clusters/${encodeURIComponent(key ?? "")}`, signal),
  });
}

/** A person's word on a pair. Everything about linkage is asked anew afterwards: clusters may have moved. */
export function useDecidePair(onKept: (kept: RecordPairDetail) => void, onLost: (error: unknown) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string; same: boolean; note: string }) =>
      post<RecordPairDetail>(`/linkage/pairs/${encodeURIComponent(id)}/words`, body),
    onSuccess: onKept,
    onError: onLost,
    onSettled: () => {
      for (const queryKey of staleKeys("linkage.decided", {})) void client.invalidateQueries({ queryKey });
    },
  });
}
