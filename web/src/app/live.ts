import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

export type Connection = "connecting" | "live" | "lost";
export const EVENT_NAMES = [
  "hazard_point.answered",
  "hazard_points.moved",
  "warning.changed",
  "case.decided",
  "profile.changed",
  "model.changed",
  "linkage.decided",
  "rates.changed",
  "graph.changed",
  "decisions.changed",
  "participation.changed",
  "inbox.changed",
  "delivery.changed",
  "hazard.changed",
  "inspection.changed",
  "order.changed",
] as const;
export type EventName = (typeof EVENT_NAMES)[number];
export interface EventData {
  id?: string | number;
  enterprise_id?: string | number;
}
type Key = readonly string[];

/** The queries whose answers an event makes stale, as key prefixes. */
export function staleKeys(name: EventName, data: EventData): Key[] {
  const id = String(data.id ?? "");
  const enterprise = String(data.enterprise_id ?? "");
  switch (name) {
    case "hazard_point.answered":
      return [
        ["points", enterprise],
        ["point", id],
        ["round", enterprise],
        ["rates"],
        ["overview"],
        ["checkpoint"],
        ["entries"],
      ];
    case "hazard_points.moved":
      return [["points"], ["round"]];
    case "warning.changed":
      return [
        ["warnings"],
        ["warning", id],
        ["overview"],
        ["enterprises"],
        ["enterprise", enterprise],
        ["map"],
        ["checkpoint"],
        ["entries"],
      ];
    case "case.decided":
      return [["cases"], ["case", id], ["campaigns"], ["overview"], ["checkpoint"], ["entries"]];
    case "model.changed":
      return [["models"], ["cases"], ["checkpoint"], ["entries"]];
    case "graph.changed":
      return [["graph"], ["checkpoint"], ["entries"]];
    case "decisions.changed":
      return [["decisions"], ["checkpoint"], ["entries"]];
    case "linkage.decided":
      return [["linkage"], ["checkpoint"], ["entries"]];
    case "participation.changed":
      return [["participation"], ["checkpoint"], ["entries"]];
    case "inbox.changed":
      return [["dispatch", "inbox"]];
    case "delivery.changed":
      return [
        ["dispatch", "deliveries"],
        ["dispatch", "channels"],
      ];
    case "hazard.changed":
      return [["hazards"], ["hazard", id], ["checkpoint"], ["entries"]];
    case "inspection.changed":
      return [
        ["inspections"],
        ["inspection", id],
        ["inspection-rates"],
        ["papers", enterprise],
        ["choice"],
        ["checkpoint"],
        ["entries"],
      ];
    case "order.changed":
      return [["orders"], ["order", id], ["orderable"], ["checkpoint"], ["entries"]];
    case "rates.changed":
      return [["insurance"], ["checkpoint"], ["entries"]];
    case "profile.changed":
      return [["enterprises"], ["enterprise", enterprise], ["profile", enterprise], ["overview"], ["map"]];
  }
}

export function parseEvent(text: string): EventData {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? (data as EventData) : {};
  } catch {
    return {};
  }
}

const QUIET_MS = 200; // a burst of changes asks the server once, when it has passed,
const LONGEST_MS = 1_000; // or in the midst of it where it lasts longer
const REOPEN_MS = 5_000;

/** Gathers what became stale, by one's own acts and by others', and refreshes each query once. */
class Gatherer {
  private readonly keys = new Map<string, Key>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;

  constructor(private readonly client: QueryClient) {}

  add(keys: Key[]) {
    const now = performance.now();
    if (this.keys.size === 0) this.since = now;
    for (const key of keys) this.keys.set(key.join("\n"), key);
    clearTimeout(this.timer);
    const left = this.since + LONGEST_MS - now;
    this.timer = setTimeout(() => this.refresh(), Math.max(0, Math.min(QUIET_MS, left)));
  }

  private refresh() {
    const keys = [...this.keys.values()];
    this.keys.clear();
    for (const queryKey of keys) void this.client.invalidateQueries({ queryKey });
  }
}

const gatherers = new WeakMap<QueryClient, Gatherer>();

/** Says that queries are stale; they are asked for anew when the burst of changes has passed. */
export function markStale(client: QueryClient, keys: Key[]) {
  let gatherer = gatherers.get(client);
  if (!gatherer) {
    gatherer = new Gatherer(client);
    gatherers.set(client, gatherer);
  }
  gatherer.add(keys);
}

/** Keeps the event stream open while signed in and refreshes what changed. */
export function useLive(): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
    let source: EventSource;
    let reopening: ReturnType<typeof setTimeout> | undefined;
    let dropped = false;
    const open = () => {
      source = new EventSource("/api/events");
      source.onopen = () => {
        setConnection("live");
        if (dropped) void client.invalidateQueries(); // what happened meanwhile was not heard
        dropped = false;
      };
      source.onerror = () => {
        dropped = true;
        setConnection("lost");
        // A browser gives up for good after an HTTP error; then the stream is opened anew.
        if (source.readyState === EventSource.CLOSED) {
          clearTimeout(reopening);
          reopening = setTimeout(open, REOPEN_MS);
        }
      };
      for (const name of EVENT_NAMES) {
        source.addEventListener(name, (event) => {
          markStale(client, staleKeys(name, parseEvent((event as MessageEvent<string>).data)));
        });
      }
    };
    open();
    return () => {
      clearTimeout(reopening);
      source.close();
    };
  }, [client]);
  return connection;
}
