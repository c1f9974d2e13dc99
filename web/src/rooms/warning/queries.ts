import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { components } from "@/app/api";
import { get, post, query } from "@/app/client";
import { staleKeys } from "@/app/live";
import type { WarningDetail, WarningPage, WarningRow, WarningState } from "@/app/types";

type Schemas = components["schemas"];

export interface WarningFilter {
  tier: string;
  state: string;
  q: string;
  page: number;
}
export const PAGE_SIZE = 20;
export const STATES: WarningState[] = [
  "raised",
  "escalated",
  "acknowledged",
  "handed_on",
  "downgraded",
  "resolved",
  "closed",
];
export const isEnded = (state: WarningState) => state === "resolved" || state === "closed";

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

export type Step = WarningDetail["may"][number];
/** The steps that say something about the alert itself; snoozing and muting have their own dialog. */
export type PlainStep = Exclude<Step, "snooze" | "mute">;

export function useStep(warning: WarningRow) {
  const client = useQueryClient();
  const id = String(warning.id);
  return useMutation({
    mutationFn: ({ step, ...body }: { step: Step; note: string; to?: number; until?: string }) =>
      post<WarningRow>(`/warnings/${encodeURIComponent(id)}/${step.replace("_", "-")}`, body),
    onSettled: () => {
      for (const queryKey of staleKeys("warning.changed", { id, enterprise_id: warning.enterprise_id })) {
        void client.invalidateQueries({ queryKey });
      }
    },
  });
}

export type MuteWindow = Schemas["MuteOut"];
export type MuteBody = Schemas["MuteIn"];

export function useMutes() {
  return useQuery({
    queryKey: ["warnings", "mutes"],
    queryFn: ({ signal }) => get<MuteWindow[]>("/warnings/mutes", signal),
  });
}

/** Opens a mute window, or lifts one (`lift`: its id). */
export function useMuting() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ lift, body }: { lift?: number; body?: MuteBody }) =>
      post<MuteWindow>(lift === undefined ? "/warnings/mutes" : `/warnings/mutes/${lift}/lift`, body ?? {}),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["warnings"] });
      void client.invalidateQueries({ queryKey: ["warning"] });
    },
  });
}

export type Delivery = Schemas["DeliveryOut"];

/** Who was told of an alert, by which way, and whether it arrived. */
export function useDeliveries(id: string) {
  return useQuery({
    queryKey: ["warning", id, "deliveries"],
    queryFn: ({ signal }) =>
      get<Schemas["DeliveriesOut"]>(`/dispatch/warnings/${encodeURIComponent(id)}/deliveries`, signal),
  });
}
