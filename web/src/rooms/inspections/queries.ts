import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { ApiError, get, post, query } from "@/app/client";
import { useMe } from "@/rooms/accounts/session";
import { type QueueState, sender } from "./sender";
import { keepPlan, readPlan } from "./store";
import type {
  Order,
  Orderable,
  OrderPage,
  PaperIn,
  Papers,
  Plan,
  PlanPage,
  Rates,
  WeekChoice,
} from "./types";

export const PAGE_SIZE = 20;

/** What waits on this device, and how sending goes. */
export function useQueue(): QueueState {
  const { username } = useMe();
  const state = useSyncExternalStore(sender.subscribe, sender.snapshot);
  useEffect(() => void sender.start(username), [username]);
  return state;
}

export interface PlanFilter {
  state: string;
  enterprise_id?: number;
  page: number;
}

export function usePlans(filter: PlanFilter) {
  return useQuery({
    queryKey: ["inspections", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<PlanPage>(`/inspections/plans${query({ ...filter, size: PAGE_SIZE })}`, signal),
  });
}

/** One plan; without a network, as it was last seen here. */
export function usePlan(id: string) {
  const { username } = useMe();
  return useQuery({
    queryKey: ["inspection", id],
    networkMode: "always",
    retry: false,
    queryFn: async ({ signal }) => {
      try {
        const found = await get<Plan>(`/inspections/plans/${encodeURIComponent(id)}`, signal);
        void keepPlan(username, found).catch(() => undefined);
        return found;
      } catch (error) {
        const lost = error instanceof ApiError && error.status === 0;
        const kept = lost ? await readPlan(username, id).catch(() => undefined) : undefined;
        if (kept) return kept;
        throw error;
      }
    },
  });
}

/** A change of one plan, whose answer is the plan as it stands then. */
function usePlanChange<Body>(path: (body: Body) => string, sent: (body: Body) => unknown) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => post<Plan>(path(body), sent(body)),
    onSuccess: (plan) => {
      client.setQueryData(["inspection", String(plan.id)], plan);
      return Promise.all(
        [["inspections"], ["choice"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    },
  });
}

export function useMakePlan() {
  return usePlanChange<{ enterpriseId: number; minutes: number; anew: boolean }>(
    ({ enterpriseId }) => `/enterprises/${enterpriseId}/inspection-plan`,
    ({ minutes, anew }) => ({ minutes, anew }),
  );
}

export function useClosePlan() {
  return usePlanChange<number>(
    (id) => `/inspections/plans/${id}/close`,
    () => ({}),
  );
}

export function usePlaceStop() {
  return usePlanChange<{ stopId: number; areaId: number | null }>(
    ({ stopId }) => `/inspections/stops/${stopId}/area`,
    ({ areaId }) => ({ area_id: areaId }),
  );
}

export function usePapers(enterpriseId: string) {
  return useQuery({
    queryKey: ["papers", enterpriseId],
    queryFn: ({ signal }) => get<Papers>(`/enterprises/${encodeURIComponent(enterpriseId)}/papers`, signal),
  });
}

export function useKeepPaper(enterpriseId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (paper: PaperIn) =>
      post<Papers>(`/enterprises/${encodeURIComponent(enterpriseId)}/papers`, paper),
    onSuccess: (papers) => client.setQueryData(["papers", enterpriseId], papers),
  });
}

export function useChoice(week: string) {
  return useQuery({
    queryKey: ["choice", week],
    queryFn: ({ signal }) => get<WeekChoice>(`/inspections/choice${query({ week })}`, signal),
  });
}

export function useChoose(week: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { week: string; capacity: number; anew: boolean }) =>
      post<WeekChoice>("/inspections/choice", body),
    onSuccess: (found) => client.setQueryData(["choice", week], found),
  });
}

export interface OrderFilter {
  state: string;
  page: number;
}

export function useOrders(filter: OrderFilter) {
  return useQuery({
    queryKey: ["orders", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<OrderPage>(`/inspections/orders${query({ ...filter, size: PAGE_SIZE })}`, signal),
  });
}

export function useOrder(id: string) {
  return useQuery({
    queryKey: ["order", id],
    queryFn: ({ signal }) => get<Order>(`/inspections/orders/${encodeURIComponent(id)}`, signal),
  });
}

export function useOrderable(enterpriseId: number, planId: number, wanted: boolean) {
  return useQuery({
    queryKey: ["orderable", enterpriseId, planId],
    enabled: wanted,
    staleTime: 0,
    queryFn: ({ signal }) =>
      get<Orderable[]>(`/enterprises/${enterpriseId}/orderable-hazards${query({ of_plan: planId })}`, signal),
  });
}

export interface Issue {
  client_id: string;
  items: { hazard_id: number; requirement: string }[];
  deadline: string;
  basis: string;
  plan_id: number | null;
}

export function useIssue(enterpriseId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Issue) => post<Order>(`/enterprises/${enterpriseId}/orders`, order),
    onSuccess: (order) => {
      client.setQueryData(["order", String(order.id)], order);
      return Promise.all(
        [["orders"], ["orderable"]].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    },
  });
}

export function useWithdraw(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (note: string) =>
      post<Order>(`/inspections/orders/${encodeURIComponent(id)}/withdraw`, { note }),
    onSuccess: (order) => {
      client.setQueryData(["order", id], order);
      return client.invalidateQueries({ queryKey: ["orders"] });
    },
  });
}

export function useInspectionRates(filter: { side: string; since: string }) {
  return useQuery({
    queryKey: ["inspection-rates", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Rates>(`/inspections/rates${query({ ...filter })}`, signal),
  });
}
