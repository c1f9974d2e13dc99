import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, upload } from "@/app/client";
import { staleKeys } from "@/app/live";
import type {
  DecisionDesk,
  DecisionDocumentIn,
  TableCheck,
  TableTrial,
  TableVersion,
  TableVersionDetail,
} from "@/app/types";

const WATCH_MS = 1_500; // beside the live events, should the stream be down
export type VersionId = number | "shipped";

export function useDesk() {
  return useQuery({
    queryKey: ["decisions"],
    queryFn: ({ signal }) => get<DecisionDesk>("/decisions", signal),
  });
}

export function underWay(trial: TableTrial | null | undefined): boolean {
  return trial?.state === "queued" || trial?.state === "running";
}

export function useVersion(id: VersionId | null) {
  return useQuery({
    queryKey: ["decisions", "version", id],
    enabled: id !== null,
    queryFn: ({ signal }) => get<TableVersionDetail>(`/decisions/${id}`, signal),
    refetchInterval: (found) => (underWay(found.state.data?.trial) ? WATCH_MS : false),
  });
}

/** What the checks say of a grid that is not saved; asked anew whenever it changes. */
export function useCheck(id: number | null, document: DecisionDocumentIn | null) {
  return useQuery({
    queryKey: ["decision-check", id, document],
    enabled: document !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: (before) => before,
    queryFn: () => post<TableCheck>("/decisions/check", { version_id: id, document }),
  });
}

function useStale() {
  const client = useQueryClient();
  return () =>
    Promise.all(staleKeys("decisions.changed", {}).map((queryKey) => client.invalidateQueries({ queryKey })));
}

export function useOpenDraft() {
  const stale = useStale();
  return useMutation({
    mutationFn: (basedOn: number | null) => post<TableVersion>("/decisions/drafts", { based_on: basedOn }),
    onSuccess: stale,
  });
}

export function useImport() {
  const stale = useStale();
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return upload<TableVersion>("/decisions/import", form);
    },
    onSuccess: stale,
  });
}

export interface Saving {
  sha256: string;
  note: string;
  document: DecisionDocumentIn;
}

export function useSave(id: number) {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: Saving) => post<TableVersion>(`/decisions/${id}/save`, body),
    onSuccess: stale,
  });
}

export function usePutAway(id: number) {
  const stale = useStale();
  return useMutation({
    mutationFn: () => post<TableVersion>(`/decisions/${id}/put-away`),
    onSuccess: () => void stale(), // not awaited: what asked is gone once the version is no draft any more
  });
}

export function useTry(id: number) {
  const stale = useStale();
  return useMutation({
    mutationFn: () => post<TableTrial>(`/decisions/${id}/trials`),
    onSettled: stale,
  });
}

export type Step = { kind: "publish"; id: number } | { kind: "rollBack" };

export function useStep() {
  const stale = useStale();
  return useMutation({
    mutationFn: ({ step, reason }: { step: Step; reason: string }) =>
      step.kind === "publish"
        ? post<TableVersion>(`/decisions/${step.id}/publish`, { reason })
        : post<TableVersion | null>("/decisions/roll-back", { reason }),
    onSuccess: () => void stale(), // not awaited, as above
  });
}
