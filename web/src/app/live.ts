import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

export type Connection = "connecting" | "live" | "lost";
export const EVENT_NAMES = [
  "hazard_point.answered",
  "warning.changed",
  "case.decided",
  "profile.changed",
  "model.changed",
  "linkage.decided",
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
      return [["points", enterprise], ["point", id], ["overview"], ["checkpoint"], ["entries"]];
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
    case "linkage.decided":
      return [["linkage"], ["checkpoint"], ["entries"]];
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

const GATHER_MS = 120; // a burst of events asks the server once
const REOPEN_MS = 5_000;

/** Keeps the event stream open while signed in and refreshes what changed. */
export function useLive(): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
    let source: EventSource;
    let reopening: ReturnType<typeof setTimeout> | undefined;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let dropped = false;
    const stale = new Map<string, Key>();
    const refresh = () => {
      gathering = undefined;
      for (const queryKey of stale.values()) void client.invalidateQueries({ queryKey });
      stale.clear();
    };
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
          for (const key of staleKeys(name, parseEvent((event as MessageEvent<string>).data))) {
            stale.set(key.join("\n"), key);
          }
          gathering ??= setTimeout(refresh, GATHER_MS);
        });
      }
    };
    open();
    return () => {
      clearTimeout(reopening);
      clearTimeout(gathering);
      source.close();
    };
  }, [client]);
  return connection;
}
