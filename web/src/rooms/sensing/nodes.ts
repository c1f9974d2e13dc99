import type { EdgeNode } from "./types";

const HEARD_S = 180; // a node says how it stands each minute or sooner

export type NodeState = "closed" | "waiting" | "heard" | "lost";

export function nodeState(node: EdgeNode, now: number): NodeState {
  if (node.closed) return "closed";
  if (!node.enrolled) return "waiting";
  return node.last_seen !== null && now - Date.parse(node.last_seen) <= HEARD_S * 1000 ? "heard" : "lost";
}

/** Batches that the node has and the platform hasn't, over all its outboxes. */
export function backlogOf(node: EdgeNode) {
  const found = { events: 0, readings: 0, missing: 0, gone: 0, thinned: 0 };
  const count = (ranges: [number, number][]) => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  for (const lane of node.lanes) {
    found[lane.lane] += lane.waiting;
    found.missing += count(lane.missing as [number, number][]);
    found.gone += count(lane.gone as [number, number][]);
    found.thinned += lane.thinned;
  }
  return found;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** What a node says of itself, as far as it can be read: a node of another version says other things. */
export function troublesOf(node: EdgeNode) {
  const health = record(node.health);
  const [outbox, clock] = [record(health.outbox), record(health.clock)];
  const connectors = Array.isArray(health.connectors) ? health.connectors.map(record) : [];
  const version = health.version ?? record(node.reported).version;
  return {
    version: typeof version === "string" ? version : null,
    channels: typeof health.channels === "number" ? health.channels : null,
    silent: typeof health.silent === "number" ? health.silent : 0,
    diskFull: outbox.disk_full === true,
    clockOff: clock.skewed === true && typeof clock.system_off_s === "number" ? clock.system_off_s : null,
    connectors: connectors.map((one) => ({
      name: String(one.name ?? "–"),
      connected: one.connected === true,
    })),
  };
}
