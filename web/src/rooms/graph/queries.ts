import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import { staleKeys } from "@/app/live";
import type {
  GraphBond,
  GraphCandidate,
  GraphCircle,
  GraphCut,
  GraphNodeDetail,
  GraphSummary,
  GraphWay,
  Page,
} from "@/app/types";

export const PAGE_SIZE = 20;

export interface Look {
  text: string;
  node: string;
  hops: number;
  factors: string[];
}

export function useGraphSummary() {
  return useQuery({
    queryKey: ["graph", "summary"],
    queryFn: ({ signal }) => get<GraphSummary>("/graph", signal),
  });
}

export function useCircle(look: Look, limit: number) {
  const search = new URLSearchParams({ hops: `${look.hops}`, limit: `${limit}` });
  if (look.node) search.set("node", look.node);
  else search.set("text", look.text);
  for (const factor of look.factors) search.append("factor", factor);
  return useQuery({
    queryKey: ["graph", "circle", search.toString()],
    enabled: Boolean(look.node || look.text),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<GraphCircle>(`/graph/explore?${search}`, signal),
  });
}

export function useGraphNode(id: string) {
  return useQuery({
    queryKey: ["graph", "node", id],
    queryFn: ({ signal }) => get<GraphNodeDetail>(`/graph/node${query({ id })}`, signal),
  });
}

export function useWays(start: string, enabled: boolean) {
  return useQuery({
    queryKey: ["graph", "ways", start],
    enabled,
    queryFn: ({ signal }) => get<GraphWay[]>(`/graph/paths${query({ start, limit: 12 })}`, signal),
  });
}

export function useCut(measure: string, enabled: boolean) {
  return useQuery({
    queryKey: ["graph", "cut", measure],
    enabled,
    queryFn: ({ signal }) => get<GraphCut>(`/graph/cuts${query({ measure })}`, signal),
  });
}

export function useBond(one: string, other: string) {
  return useQuery({
    queryKey: ["graph", "bond", one, other],
    enabled: Boolean(other),
    queryFn: ({ signal }) => get<GraphBond>(`/graph/links${query({ one, other })}`, signal),
  });
}

export function useCandidates(state: string, page: number) {
  return useQuery({
    queryKey: ["graph", "candidates", state, page],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<Page<GraphCandidate>>(`/graph/candidates${query({ state, page, size: PAGE_SIZE })}`, signal),
  });
}

/** An expert's yes or no. The whole graph is asked anew afterwards: a yes is a new fact. */
export function useDecideCandidate(onKept: (kept: GraphCandidate) => void, onLost: (error: unknown) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: number; accepted: boolean; reason: string }) =>
      post<GraphCandidate>(`/graph/candidates/${id}/words`, body),
    onSuccess: onKept,
    onError: onLost,
    onSettled: () => {
      for (const queryKey of staleKeys("graph.changed", {})) void client.invalidateQueries({ queryKey });
    },
  });
}
