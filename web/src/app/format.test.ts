import { describe, expect, it } from "vitest";
import { change, day, number, percent, shortHash } from "./format";

describe("percent", () => {
  it("never rounds an uncertain probability to certainty", () => {
    expect(percent(0.999)).toBe(">99%");
    expect(percent(0.001)).toBe("<1%");
    expect(percent(1)).toBe("100%");
    expect(percent(0)).toBe("0%");
    expect(percent(0.9996, 1)).toBe(">99.9%");
  });
  it("shows a dash where nothing is known", () => {
    expect(percent(null)).toBe("–");
    expect(percent(Number.NaN)).toBe("–");
  });
});

describe("change", () => {
  it("carries its sign", () => {
    expect(change(0.124)).toBe("+12%");
    expect(change(-0.08)).toBe("−8%");
    expect(change(0.001)).toBe("0%");
    expect(change(null)).toBe("–");
  });
});

it("numbers, days and hashes are short", () => {
  expect(number(12345.6, "en")).toBe("12,346");
  expect(number(undefined, "zh")).toBe("–");
  expect(day("2026-06-30T08:00:00Z")).toBe("2026-06-30");
  expect(shortHash("a".repeat(64))).toBe(`${"a".repeat(10)}…${"a".repeat(8)}`);
});
