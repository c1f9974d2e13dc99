import { describe, expect, it } from "vitest";
import { pastOf, valueAt } from "./past";
import type { Channel, ChannelAlarm, Sparks } from "./types";

const START = Date.parse("2026-11-22T08:00:00Z");
const channel = (id: number, every_s: number) =>
  ({
    id,
    every_s,
    last_value: 99,
    last_at: "2026-11-22T12:00:00Z",
    calibrated: true,
    limits: [{ kind: "high", value: 25, unit: "" }],
  }) as Channel;
const sparks = (...means: (number | null)[][]) =>
  ({
    start: new Date(START).toISOString(),
    step_s: 30,
    items: means.map((mean, n) => ({ channel_id: n + 1, mean })),
  }) as Sparks;

describe("a past moment", () => {
  it("shows the value of its bucket and the curve up to it, not what came later", () => {
    const at = START + 2 * 30_000 + 5_000;
    const past = pastOf([channel(1, 1)], sparks([1, 2, 30, 4, 5]), new Map(), at);
    expect(past.channels[0]?.last_value).toBe(30);
    expect(past.states.get(1)).toBe("warning");
    expect(past.sparks.get(1)).toEqual([1, 2, 30]);
  });
  it("calls a sensor silent that had told nothing for as long as silence takes, and no sooner", () => {
    const mean = [7, null, null, null, null, null, null];
    expect([4, 5].map((bucket) => valueAt(mean, bucket, 120, 30))).toEqual([7, null]);
    const past = pastOf([channel(1, 1), channel(2, 60)], sparks(mean, mean), new Map(), START + 6 * 30_000);
    expect([past.states.get(1), past.states.get(2)]).toEqual(["silent", "normal"]);
    expect(past.channels.map((one) => one.last_value)).toEqual([null, 7]);
  });
  it("has the alarms of then", () => {
    const alarms = new Map([[1, { channel_id: 1, tier: "high", kind: "high_high" } as ChannelAlarm]]);
    expect(pastOf([channel(1, 1)], sparks([1]), alarms, START).states.get(1)).toBe("alarm");
  });
});
