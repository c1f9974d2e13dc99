import { describe, expect, it } from "vitest";
import { byValue, digitsOf, gravest, stateOf } from "./state";
import type { Channel, ChannelAlarm, Limit } from "./types";

const NOW = Date.parse("2026-11-22T08:00:00Z");
const limit = (kind: Limit["kind"], value: number) => ({ kind, value, unit: "" }) as Limit;
const GAS = [limit("high", 25), limit("high_high", 50)];
const OXYGEN = [limit("low", 19.5), limit("high", 23.5)];
const sensor = (part: Partial<Channel> = {}) =>
  ({
    last_at: new Date(NOW - 2_000).toISOString(),
    last_value: 1,
    every_s: 1,
    calibrated: true,
    limits: GAS,
    ...part,
  }) as Channel;
const alarm = (tier: ChannelAlarm["tier"], kind = "high") => ({ channel_id: 1, tier, kind }) as ChannelAlarm;

describe("a value against its limits", () => {
  it("is near from a tenth below an upper limit on", () => {
    expect([22, 22.5, 25, 49.9, 50].map((value) => byValue(value, GAS))).toEqual([
      null,
      "near",
      "warning",
      "warning",
      "alarm",
    ]);
  });
  it("of clean air is not near the lower limit of oxygen", () => {
    expect([20.9, 20.4, 19.5, 23.5].map((value) => byValue(value, OXYGEN))).toEqual([
      null,
      "near",
      "warning",
      "warning",
    ]);
  });
  it("below zero is near in the right direction", () => {
    expect([-20, -16, -15].map((value) => byValue(value, [limit("high", -15)]))).toEqual([
      null,
      "near",
      "warning",
    ]);
  });
  it("is not held against means and rises", () => {
    expect(byValue(99, [limit("stel", 10), limit("twa", 5), limit("rate", 1)])).toBeNull();
  });
});

describe("a sensor", () => {
  it("stands as its gravest sign says", () => {
    expect(stateOf(sensor(), undefined, NOW)).toBe("normal");
    expect(stateOf(sensor({ last_value: 60 }), undefined, NOW)).toBe("alarm");
    expect(stateOf(sensor({ last_value: 30 }), alarm("high"), NOW)).toBe("alarm");
    expect(stateOf(sensor(), alarm("low", "ewma"), NOW)).toBe("warning");
    expect(stateOf(sensor({ calibrated: false }), undefined, NOW)).toBe("uncalibrated");
    expect(stateOf(sensor({ calibrated: false, last_value: 24 }), undefined, NOW)).toBe("near");
  });
  it("is silent after five of its intervals, but no sooner than two minutes", () => {
    const ago = (s: number, every_s = 1) =>
      stateOf(sensor({ every_s, last_at: new Date(NOW - s * 1000).toISOString() }), undefined, NOW);
    expect([ago(119), ago(121), ago(121, 60), ago(301, 60)]).toEqual([
      "normal",
      "silent",
      "normal",
      "silent",
    ]);
    expect(stateOf(sensor({ last_at: null }), undefined, NOW)).toBe("silent");
  });
  it("that is silent isn't judged by its last value, but an open alarm stays", () => {
    const old = { last_at: new Date(NOW - 9e5).toISOString(), last_value: 60 };
    expect(stateOf(sensor(old), undefined, NOW)).toBe("silent");
    expect(stateOf(sensor(old), alarm("high"), NOW)).toBe("alarm");
    expect(stateOf(sensor(old), alarm("medium", "silent"), NOW)).toBe("silent");
  });
  it("of a personal channel is judged without its value", () => {
    expect(stateOf(sensor({ last_value: null }), undefined, NOW)).toBe("normal");
  });
  it("in a group shows the gravest", () => {
    expect(gravest(["normal", "silent", "near"])).toBe("silent");
    expect(gravest([])).toBe("normal");
  });
});

it("a reading has the digits that count", () => {
  expect([0, 12, 0.1234, 12.345, 1234.5].map(digitsOf)).toEqual([0, 0, 3, 2, 0]);
});
