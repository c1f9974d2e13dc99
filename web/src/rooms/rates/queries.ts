import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import { staleKeys } from "@/app/live";
import type {
  Page,
  RateProposal,
  RateProposalRow,
  RateRun,
  RatesDesk,
  RefusedRateRow,
  RuleTable,
  SafetyValue,
} from "@/app/types";

export const PAGE_SIZE = 50;

export interface ProposalFilter {
  state: string;
  move: string;
  rate_class: string;
  q: string;
  sort: string;
  page: number;
}

export function useRatesDesk() {
  return useQuery({
    queryKey: ["insurance", "desk"],
    queryFn: ({ signal }) => get<RatesDesk>("/rates", signal),
    // Events tell of each step; where the stream is down the page still moves.
    refetchInterval: (asked) => {
      const state = asked.state.data?.running?.state;
      return state === "queued" || state === "running" ? 3_000 : false;
    },
  });
}

export function useProposals(runId: number | undefined, filter: ProposalFilter) {
  const search = query({ ...filter, size: PAGE_SIZE });
  return useQuery({
    queryKey: ["insurance", "proposals", runId, search],
    enabled: runId !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Page<RateProposalRow>>(`/rates/runs/${runId}/proposals${search}`, signal),
  });
}

export function useProposal(id: string) {
  return useQuery({
    queryKey: ["insurance", "proposal", id],
    queryFn: ({ signal }) => get<RateProposal>(`/rates/proposals/${encodeURIComponent(id)}`, signal),
  });
}

export function useRefused(shown: boolean) {
  return useQuery({
    queryKey: ["insurance", "refused"],
    enabled: shown,
    queryFn: ({ signal }) => get<Page<RefusedRateRow>>("/rates/refused?size=100", signal),
  });
}

function useStale() {
  const client = useQueryClient();
  return () => {
    for (const queryKey of staleKeys("rates.changed", {})) void client.invalidateQueries({ queryKey });
  };
}

export function useSimulate() {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: { table_id: number | null; income_change: number | null }) =>
      post<RateRun>("/rates/runs", body),
    onSettled: stale,
  });
}

export function useLoadFile() {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: { name: string; text: string }) =>
      post<{ taken: number; refused: number }>("/rates/insured", body),
    onSettled: stale,
  });
}

export function useAddTable() {
  const stale = useStale();
  return useMutation({
    mutationFn: (text: string) => post<RuleTable>("/rates/tables", { text }),
    onSettled: stale,
  });
}

export type Decision = "approve" | "return";

export function useDecideRate(onDone: (done: RateProposal) => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: ({ id, decision, reason }: { id: string; decision: Decision; reason: string }) =>
      post<RateProposal>(`/rates/proposals/${encodeURIComponent(id)}/${decision}`, { reason }),
    onSuccess: onDone,
    onSettled: stale,
  });
}

export interface OwnCost {
  key: string;
  once: number;
  yearly: number;
  years: number;
}

/** With measures' real costs where some are given; nothing of it is kept on the server. */
export function useSafetyValue(enterpriseId: string, costs: OwnCost[]) {
  const path = `/enterprises/${encodeURIComponent(enterpriseId)}/safety-value`;
  return useQuery({
    queryKey: ["safety-value", enterpriseId, costs],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      costs.length > 0 ? post<SafetyValue>(path, { costs }) : get<SafetyValue>(path, signal),
  });
}
