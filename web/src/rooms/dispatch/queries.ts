import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { components } from "@/app/api";
import { get, post, query } from "@/app/client";

type Schemas = components["schemas"];
export type Channel = Schemas["ChannelOut"];
export type ChannelKind = Channel["kind"];
export type Delivery = Schemas["DeliveryOut"];
export type Deliveries = Schemas["DeliveriesOut"];
export type Rosters = Schemas["RostersOut"];
export type Roster = Schemas["RosterOut"];
export type Shift = Schemas["ShiftOut"];
export type StandIn = Schemas["StandInOut"];
export type Choices = Schemas["RosterChoices"];
export type OnDuty = Schemas["OnDutyOut"];
export type Mine = Schemas["MineOut"];
export type Way = Schemas["ReachOut"];
export type Inbox = Schemas["InboxPage"];
export type InboxRow = Schemas["InboxRow"];

export const PAGE_SIZE = 30;

export function useChannels() {
  return useQuery({
    queryKey: ["dispatch", "channels"],
    queryFn: ({ signal }) => get<Channel[]>("/dispatch/channels", signal),
  });
}

export function useRosters(start: Date, end: Date) {
  const search = query({ start: start.toISOString(), end: end.toISOString() });
  return useQuery({
    queryKey: ["dispatch", "rosters", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Rosters>(`/dispatch/rosters${search}`, signal),
  });
}

export function useOnDuty() {
  return useQuery({
    queryKey: ["dispatch", "on-duty"],
    refetchInterval: 60_000,
    queryFn: ({ signal }) => get<OnDuty>("/dispatch/on-duty", signal),
  });
}

export function useChoices() {
  return useQuery({
    queryKey: ["dispatch", "choices"],
    queryFn: ({ signal }) => get<Choices>("/dispatch/rosters/choices", signal),
  });
}

export function useDeliveries(state: string, kind: string, page: number) {
  const search = query({ state, kind, page, size: PAGE_SIZE });
  return useQuery({
    queryKey: ["dispatch", "deliveries", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Schemas["DeliveryPage"]>(`/dispatch/deliveries${search}`, signal),
  });
}

export function useMine() {
  return useQuery({
    queryKey: ["dispatch", "mine"],
    queryFn: ({ signal }) => get<Mine>("/dispatch/mine", signal),
  });
}

export function useInbox(unread: boolean, page: number) {
  const search = query({ unread: unread ? "true" : "", page, size: PAGE_SIZE });
  return useQuery({
    queryKey: ["dispatch", "inbox", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Inbox>(`/dispatch/inbox${search}`, signal),
  });
}

export function useUnread() {
  return useQuery({
    queryKey: ["dispatch", "inbox", "unread"],
    queryFn: ({ signal }) => get<{ unread: number }>("/dispatch/inbox/unread", signal),
  });
}

export interface Change {
  path: string;
  body?: unknown;
}

/** Any change in this room: what it shows is asked for anew. */
export function useChange<T = unknown>(onDone?: (answer: T) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, body }: Change) => post<T>(`/dispatch/${path}`, body ?? {}),
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: ["dispatch"] });
      onDone?.(answer);
    },
  });
}

const ASK_MS = 400;
const LONGEST_MS = 20_000;

/** Sends a test message and waits for what became of it; null where it is not out yet. */
export async function sendTest(path: string, body?: unknown): Promise<Delivery | null> {
  const { notice_id } = await post<{ notice_id: number }>(`/dispatch/${path}`, body ?? {});
  const until = performance.now() + LONGEST_MS;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    const { items } = await get<Deliveries>(`/dispatch/notices/${notice_id}`);
    const done = items.find((one) => one.state !== "waiting");
    if (done) return done;
  }
  return null;
}
