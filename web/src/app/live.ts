import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Gatherer, type Key } from "./gatherer";

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
  "sensing.readings",
  "sensing.event",
  "forecast.made",
  "positions.moved",
  "edge.changed",
  "riskmap.changed",
  "permit.changed",
] as const;
export type EventName = (typeof EVENT_NAMES)[number];
export interface EventData {
  id?: string | number;
  enterprise_id?: string | number;
}

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
    case "sensing.readings":
      return [
        ["sensing", "channels", enterprise],
        ["sensing", "channel"],
      ];
    case "sensing.event":
      return [
        ["sensing", "storms", enterprise],
        ["sensing", "channels", enterprise],
        ["sensing", "channel"],
        ["sensing", "events"],
        ["positions", enterprise],
      ];
    case "forecast.made":
      return [["sensing", "forecast", id]];
    case "positions.moved":
      return [["positions", enterprise]];
    case "edge.changed":
      return [["edge", enterprise], ["checkpoint"], ["entries"]];
    case "riskmap.changed":
      return [["riskmap", enterprise]];
    case "permit.changed":
      return [["permits", enterprise], ["riskmap", enterprise], ["checkpoint"], ["entries"]];
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

const REOPEN_MS = 5_000;

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
