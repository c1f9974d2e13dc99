import { expect, test } from "vitest";
import type { HealthPoint } from "@/app/types";
import { floorOf, trendOption } from "./trendOption";

const point = (overall: number | null, recomputed = false): HealthPoint => ({
  as_of: "2026-03-31",
  rows: 10,
  overall,
  scores: { completeness: overall },
  recomputed,
});

test("the axis begins below the lowest score and never below nothing", () => {
  expect(floorOf([point(0.93), point(0.87)])).toBe(0.8);
  expect(floorOf([point(0.02)])).toBe(0);
  expect(floorOf([point(null)])).toBe(0);
});

test("what was worked out later is hollow, what was audited on the day is filled", () => {
  const texts = { overall: "o", recomputed: "r", dimension: (name: string) => name };
  const option = trendOption([point(0.8, true), point(0.9)], texts) as {
    series: { data: { symbol: string }[] }[];
  };
  expect(option.series[0]?.data.map((one) => one.symbol)).toEqual(["emptyCircle", "circle"]);
});
