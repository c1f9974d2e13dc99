import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import { staleKeys } from "@/app/live";
import type { CaseDetail, CaseRow, Facet, Page, StandardCode } from "@/app/types";

export interface CaseFilter {
  state: string;
  q: string;
  page: number;
}
export const PAGE_SIZE = 30;

export function useCases(filter: CaseFilter) {
  return useQuery({
    queryKey: ["cases", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Page<CaseRow>>(`/cases${query({ ...filter, size: PAGE_SIZE })}`, signal),
  });
}

export function useCase(id: string | undefined) {
  return useQuery({
    queryKey: ["case", id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => get<CaseDetail>(`/cases/${encodeURIComponent(id ?? "")}`, signal),
  });
}

export function useCodes(listKey: string | null) {
  return useQuery({
    queryKey: ["standard", listKey],
    enabled: listKey !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<StandardCode[]>(`/standards/${encodeURIComponent(listKey ?? "")}`, signal),
  });
}

/** `onKept` is called even when the person has gone on to another case meanwhile. */
export function useDecide(caseId: string, onKept: (code: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decision: { facet: string; code: string; note: string }) =>
      post<Facet>(`/cases/${encodeURIComponent(caseId)}/decisions`, decision),
    onSuccess: (_, decision) => {
      onKept(decision.code);
      for (const queryKey of staleKeys("case.decided", { id: caseId })) {
        void client.invalidateQueries({ queryKey });
      }
    },
  });
}
