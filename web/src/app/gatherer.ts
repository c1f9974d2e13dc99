import type { QueryClient } from "@tanstack/react-query";

export type Key = readonly string[];

const QUIET_MS = 200; // a burst of changes asks the server once, when it has passed,
const LONGEST_MS = 1_000; // or in the midst of it where it lasts longer
const APART_MS = 1_000; // and never the same question twice within this: a storm must not melt the browser

interface Waiting {
  key: Key;
  since: number;
}

/** Gathers what became stale, by one's own acts and by others', and refreshes each query once. */
export class Gatherer {
  private readonly waiting = new Map<string, Waiting>();
  private readonly asked = new Map<string, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private touched = 0;

  constructor(private readonly client: Pick<QueryClient, "invalidateQueries" | "isFetching">) {}

  add(keys: Key[]) {
    const now = performance.now();
    this.touched = now;
    for (const key of keys) {
      const name = key.join("\n");
      if (!this.waiting.has(name)) this.waiting.set(name, { key, since: now });
    }
    this.plan(now);
  }

  private plan(now: number) {
    clearTimeout(this.timer);
    if (this.waiting.size === 0) return;
    const due = Math.min(...[...this.waiting].map(([name, one]) => this.due(name, one)));
    this.timer = setTimeout(() => this.refresh(), Math.max(0, due - now));
  }

  private due(name: string, { since }: Waiting): number {
    const quiet = Math.min(this.touched + QUIET_MS, since + LONGEST_MS);
    return Math.max(quiet, (this.asked.get(name) ?? Number.NEGATIVE_INFINITY) + APART_MS);
  }

  private refresh() {
    const now = performance.now();
    for (const [name, one] of this.waiting) {
      if (this.due(name, one) > now) continue;
      this.asked.set(name, now);
      // Asked anew in the midst of an answer, a slow server would never come to an end: it is asked afterwards.
      if (this.client.isFetching({ queryKey: one.key }) > 0) continue;
      this.waiting.delete(name);
      void this.client.invalidateQueries({ queryKey: one.key });
    }
    this.plan(now);
  }
}
