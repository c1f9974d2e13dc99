import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { ApiError, get, post, query } from "@/app/client";
import { markStale, staleKeys } from "@/app/live";
import type {
  BlindTask,
  BulkAccept,
  BulkPreview,
  Campaign,
  CaseCoder,
  CaseDetail,
  CaseProgress,
  CaseRow,
  ClassOffer,
  DecidingWord,
  Facet,
  NearCase,
  Page,
  StandardCode,
  Undone,
} from "@/app/types";

export interface CaseFilter {
  state: string;
  q: string;
  page: number;
}
export const PAGE_SIZE = 30;
const KEPT_MS = 5 * 60_000;
const FRESH_MS = 30_000; // a case fetched ahead isn't asked for again when it comes on screen
// The first to ask has the index built; until it stands the server says so, and is asked again.
const WHILE_BUILDING = {
  retry: (failures: number, error: unknown) =>
    failures < 30 && error instanceof ApiError && error.code === "index_building",
  retryDelay: 1_000,
};
const at = encodeURIComponent;

export function useCases(filter: CaseFilter) {
  return useQuery({
    queryKey: ["cases", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Page<CaseRow>>(`/cases${query({ ...filter, size: PAGE_SIZE })}`, signal),
  });
}

const caseQuery = (id: string | undefined) => ({
  queryKey: ["case", id],
  staleTime: FRESH_MS,
  queryFn: ({ signal }: { signal: AbortSignal }) => get<CaseDetail>(`/cases/${at(id ?? "")}`, signal),
});

export function useCase(id: string | undefined) {
  return useQuery({ ...caseQuery(id), enabled: id !== undefined });
}

/** Fetches a case before anyone asks for it, so that the next one stands on screen at once. */
export function useFetchAhead() {
  const client = useQueryClient();
  return useCallback((id: string) => void client.prefetchQuery(caseQuery(id)), [client]);
}

export function useProgress() {
  return useQuery({
    queryKey: ["cases", "progress"],
    queryFn: ({ signal }) => get<CaseProgress>("/cases/progress", signal),
  });
}

/** The words that speak for a code; asked for while a person looks at it. */
export function useDecidingWords(caseId: string, facet: string | undefined, code: string | null) {
  return useQuery({
    queryKey: ["words", caseId, facet, code],
    enabled: code !== null && facet !== undefined,
    staleTime: KEPT_MS,
    queryFn: ({ signal }) =>
      get<DecidingWord[]>(
        `/cases/${at(caseId)}/words${query({ facet: facet ?? "", code: code ?? "" })}`,
        signal,
      ),
  });
}

export function useSimilar(caseId: string, wanted: boolean) {
  return useQuery({
    queryKey: ["similar", caseId],
    enabled: wanted,
    ...WHILE_BUILDING,
    staleTime: KEPT_MS,
    queryFn: ({ signal }) => get<NearCase[]>(`/cases/${at(caseId)}/similar`, signal),
  });
}

export function useSimilarTo(text: string) {
  return useQuery({
    queryKey: ["similar-to", text],
    enabled: text.length > 1,
    ...WHILE_BUILDING,
    queryFn: ({ signal }) => get<NearCase[]>(`/cases/similar${query({ q: text })}`, signal),
  });
}

export function useCodes(listKey: string | null) {
  return useQuery({
    queryKey: ["standard", listKey],
    enabled: listKey !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<StandardCode[]>(`/standards/${at(listKey ?? "")}`, signal),
  });
}

/** Says that everything about cases is stale. */
function useStale() {
  const client = useQueryClient();
  return (id: string | number = "") => {
    for (const queryKey of staleKeys("case.decided", { id })) void client.invalidateQueries({ queryKey });
  };
}

/**
 * A decision leaves the queue on screen at once; the server is told behind it. `onKept` and `onLost` are called even
 * when the person has gone on to another case meanwhile.
 */
export function useDecide(caseId: string, onKept: (code: string) => void, onLost: (error: unknown) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decision: { facet: string; code: string; note: string }) =>
      post<Facet>(`/cases/${at(caseId)}/decisions`, decision),
    onMutate: async (decision) => {
      // An answer that is on its way knows nothing of this decision yet.
      await client.cancelQueries({ queryKey: ["cases"] });
      client.setQueriesData<Page<CaseRow>>({ queryKey: ["cases"] }, (page) => {
        if (!page || !("items" in page)) return page;
        const items = page.items.filter(
          (row) => String(row.id) !== caseId || row.facet !== decision.facet || row.state === "auto",
        );
        return { ...page, items, total: page.total - (page.items.length - items.length) };
      });
    },
    onSuccess: (_, decision) => onKept(decision.code),
    onError: onLost,
    onSettled: () => markStale(client, staleKeys("case.decided", { id: caseId })),
  });
}

export function useUndo(onUndone: (undone: Undone) => void, onLost: (error: unknown) => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: () => post<Undone>("/cases/undo"),
    onSuccess: (undone) => {
      stale(undone.case_id);
      onUndone(undone);
    },
    onError: onLost,
  });
}

export function useClasses(facet: string | undefined) {
  return useQuery({
    queryKey: ["cases", "classes", facet],
    enabled: facet !== undefined,
    queryFn: ({ signal }) => get<ClassOffer[]>(`/cases/classes${query({ facet })}`, signal),
  });
}

export function useBulkPreview(offer: ClassOffer) {
  const { facet, code, least } = offer;
  return useQuery({
    queryKey: ["cases", "bulk-preview", facet, code, least],
    queryFn: ({ signal }) =>
      get<BulkPreview>(
        `/cases/bulk/preview?${new URLSearchParams({ facet, code, least: `${least}` })}`,
        signal,
      ),
  });
}

export function useBulkAccepts(facet: string | undefined) {
  return useQuery({
    queryKey: ["cases", "bulk", facet],
    enabled: facet !== undefined,
    queryFn: ({ signal }) => get<BulkAccept[]>(`/cases/bulk${query({ facet })}`, signal),
  });
}

export function useBulkAccept(onDone: (done: BulkAccept) => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: { facet: string; code: string; least: number; reason: string }) =>
      post<BulkAccept>("/cases/bulk", body),
    onSuccess: (done) => {
      stale();
      onDone(done);
    },
  });
}

export function useBulkUndo(onDone: () => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: (id: number) => post<BulkAccept>(`/cases/bulk/${id}/undo`),
    onSuccess: () => {
      stale();
      onDone();
    },
  });
}

export function useCoders() {
  return useQuery({
    queryKey: ["coders"],
    queryFn: ({ signal }) => get<CaseCoder[]>("/cases/coders", signal),
  });
}

export function useCampaigns() {
  return useQuery({
    queryKey: ["campaigns"],
    queryFn: ({ signal }) => get<Campaign[]>("/cases/campaigns", signal),
  });
}

export function useBlindTask(campaignId: number) {
  return useQuery({
    queryKey: ["campaigns", campaignId, "next"],
    queryFn: ({ signal }) => get<BlindTask | null>(`/cases/campaigns/${campaignId}/next`, signal),
  });
}

export interface NewCampaign {
  title: string;
  facet: string;
  first_coder: number;
  second_coder: number;
  size: number;
  show_suggestions: boolean;
}

export function useOpenCampaign(onDone: (made: Campaign) => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: NewCampaign) => post<Campaign>("/cases/campaigns", body),
    onSuccess: (made) => {
      stale();
      onDone(made);
    },
  });
}

export function useCodeBlind(settles: boolean, onDone: (code: string) => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: { item: number; code: string; note: string }) =>
      post<void>(`/cases/campaign-items/${body.item}/${settles ? "adjudication" : "codes"}`, {
        code: body.code,
        note: body.note,
      }),
    onSuccess: (_, body) => {
      stale();
      onDone(body.code);
    },
  });
}
