import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { components } from "@/app/api";
import { del, get, post, query } from "@/app/client";

type Schemas = components["schemas"];
export type MyPrivacy = Schemas["MyPrivacy"];
export type Access = Schemas["AccessOut"];
export type Accesses = Schemas["Accesses"];
export type Kept = Schemas["KeptOut"];
export type Erasure = Schemas["ErasureOut"];
export type PersonalExport = Schemas["ExportOut"];
export type Hold = Schemas["HoldOut"];
export type Retention = Schemas["Retention"];
export type Agreement = Schemas["SharingAgreementOut"];
export type Partner = Schemas["PartnerOut"];
export type SharedRead = Schemas["SharedReadOut"];
export type SharedRows = Schemas["SharedRows"];
export type Release = Schemas["ReleaseOut"];
export type Budget = Schemas["BudgetOut"];
export type Proposal = Schemas["ProposalIn"];
export type ReleaseIn = Schemas["ReleaseIn"];
type MyPosition = Schemas["MyPosition"];

export const PAGE_SIZE = 30;

export function useMine() {
  return useQuery({
    queryKey: ["privacy", "mine"],
    queryFn: ({ signal }) => get<MyPrivacy>("/privacy/mine", signal),
    // An export is made in the background; nothing else on the page changes by itself.
    refetchInterval: (state) =>
      state.state.data?.exports.some((one) => one.state === "waiting") ? 2000 : false,
  });
}

export function useMyAccesses(page: number) {
  return useQuery({
    queryKey: ["privacy", "mine", "accesses", page],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<Accesses>(`/privacy/mine/accesses${query({ page, size: PAGE_SIZE })}`, signal),
  });
}

export function useMyPosition() {
  return useQuery({
    queryKey: ["privacy", "position"],
    queryFn: ({ signal }) => get<MyPosition>("/positions/mine", signal),
  });
}

export function useConsent() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ purpose, give }: { purpose: "alarm" | "rescue"; give: boolean }) => {
      if (give) await post<MyPosition>("/positions/mine/consents", { purpose });
      else await del(`/positions/mine/consents/${purpose}`);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["privacy"] }),
  });
}

export function useAccesses(page: number) {
  return useQuery({
    queryKey: ["privacy", "accesses", page],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Accesses>(`/privacy/accesses${query({ page, size: PAGE_SIZE })}`, signal),
  });
}

export function useErasures() {
  return useQuery({
    queryKey: ["privacy", "erasures"],
    queryFn: ({ signal }) => get<Erasure[]>("/privacy/erasures", signal),
  });
}

export function useHolds() {
  return useQuery({
    queryKey: ["privacy", "holds"],
    queryFn: ({ signal }) => get<Hold[]>("/privacy/holds", signal),
  });
}

export function useRetention() {
  return useQuery({
    queryKey: ["privacy", "retention"],
    queryFn: ({ signal }) => get<Retention>("/privacy/retention", signal),
  });
}

export function useAgreements() {
  return useQuery({
    queryKey: ["sharing", "agreements"],
    queryFn: ({ signal }) => get<Agreement[]>("/sharing/agreements", signal),
  });
}

export function usePartners() {
  return useQuery({
    queryKey: ["sharing", "partners"],
    queryFn: ({ signal }) => get<Partner[]>("/sharing/partners", signal),
  });
}

export function useReads(agreement: number | null) {
  return useQuery({
    queryKey: ["sharing", "reads", agreement],
    enabled: agreement !== null,
    queryFn: ({ signal }) => get<SharedRead[]>(`/sharing/agreements/${agreement}/reads`, signal),
  });
}

/** Each fetch stands in the giver's log, so it is asked for once and kept while the page is open. */
export function useShared(agreement: number, dataset: string | null, after: number) {
  return useQuery({
    queryKey: ["sharing", "rows", agreement, dataset, after],
    enabled: dataset !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: ({ signal }) =>
      get<SharedRows>(`/sharing/${agreement}/${dataset}${query({ after: after || null })}`, signal),
  });
}

export function usePublished() {
  return useQuery({
    queryKey: ["statistics", "published"],
    queryFn: ({ signal }) => get<Release[]>("/statistics/published", signal),
  });
}

export function useBudgets(enabled: boolean) {
  return useQuery({
    queryKey: ["statistics", "budgets"],
    enabled,
    queryFn: ({ signal }) => get<Budget[]>("/statistics/budgets", signal),
  });
}

/** Something is done; what is on screen about it is asked for anew. */
export function useDo() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, body }: { path: string; body?: unknown }) => post<unknown>(path, body),
    onSettled: () =>
      Promise.all(
        ["privacy", "sharing", "statistics"].map((key) => client.invalidateQueries({ queryKey: [key] })),
      ),
  });
}
