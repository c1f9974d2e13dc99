import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import { staleKeys } from "@/app/live";
import type { WarningDetail, WarningPage, WarningRow, WarningState } from "@/app/types";

export interface WarningFilter {
  tier: string;
  state: string;
  q: string;
  page: number;
}
export const PAGE_SIZE = 20;
export const STATES: WarningState[] = ["raised", "acknowledged", "handed_on", "resolved"];

export function useWarnings(filter: WarningFilter) {
  return useQuery({
    queryKey: ["warnings", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<WarningPage>(`/warnings${query({ ...filter, size: PAGE_SIZE })}`, signal),
  });
}

export function useEnterpriseWarnings(enterpriseId: string) {
  return useQuery({
    queryKey: ["warnings", "of", enterpriseId],
    queryFn: ({ signal }) =>
      get<WarningPage>(`/warnings${query({ enterprise_id: enterpriseId, state: "open", size: 50 })}`, signal),
  });
}

export function useWarning(id: string | undefined) {
  return useQuery({
    queryKey: ["warning", id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => get<WarningDetail>(`/warnings/${encodeURIComponent(id ?? "")}`, signal),
  });
}

export type Step = "acknowledge" | "hand_on" | "resolve";
const STEP_PATHS: Record<Step, string> = {
  acknowledge: "acknowledge",
  hand_on: "hand-on",
  resolve: "resolve",
};

export function useStep(warning: WarningRow) {
  const client = useQueryClient();
  const id = String(warning.id);
  return useMutation({
    mutationFn: ({ step, ...body }: { step: Step; note: string; to?: number }) =>
      post<WarningRow>(`/warnings/${encodeURIComponent(id)}/${STEP_PATHS[step]}`, body),
    onSettled: () => {
      for (const queryKey of staleKeys("warning.changed", { id, enterprise_id: warning.enterprise_id })) {
        void client.invalidateQueries({ queryKey });
      }
    },
  });
}
