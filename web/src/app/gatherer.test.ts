import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Gatherer } from "./gatherer";

function made() {
  const asked: { key: string; at: number }[] = [];
  const state = { fetching: 0 };
  const start = performance.now();
  const gatherer = new Gatherer({
    isFetching: () => state.fetching,
    invalidateQueries: async (filter) => {
      asked.push({ key: String(filter?.queryKey?.[0]), at: performance.now() - start });
    },
  });
  return { asked, state, gatherer };
}

describe("what became stale", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is asked for once when a burst has passed", () => {
    const { asked, gatherer } = made();
    for (let n = 0; n < 50; n += 1) gatherer.add([["cases"], ["overview"]]);
    vi.advanceTimersByTime(1_000);
    expect(asked.map((one) => one.key)).toEqual(["cases", "overview"]);
  });

  it("is asked for at most once a second however long a storm lasts, and at last when it is over", () => {
    const { asked, gatherer } = made();
    for (let n = 0; n < 500; n += 1) {
      gatherer.add([["sensing"]]);
      vi.advanceTimersByTime(20);
    }
    const during = asked.length;
    expect(during).toBeGreaterThanOrEqual(8);
    expect(during).toBeLessThanOrEqual(11);
    gatherer.add([["sensing"]]);
    vi.advanceTimersByTime(1_500);
    expect(asked.length).toBe(during + 1);
    for (let n = 1; n < asked.length; n += 1)
      expect((asked[n]?.at ?? 0) - (asked[n - 1]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it("waits for the answer that is on its way instead of breaking it off", () => {
    const { asked, state, gatherer } = made();
    state.fetching = 1;
    gatherer.add([["sensing"]]);
    vi.advanceTimersByTime(3_000);
    expect(asked).toEqual([]);
    state.fetching = 0;
    vi.advanceTimersByTime(1_100);
    expect(asked).toHaveLength(1);
  });

  it("of one kind does not wait for another that was just asked for", () => {
    const { asked, gatherer } = made();
    gatherer.add([["sensing"]]);
    vi.advanceTimersByTime(300);
    gatherer.add([["sensing"], ["cases"]]);
    vi.advanceTimersByTime(300);
    expect(asked.map((one) => one.key)).toEqual(["sensing", "cases"]);
  });
});
