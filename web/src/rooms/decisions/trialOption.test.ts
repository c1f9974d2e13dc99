import { expect, it } from "vitest";
import { matrixOf, total, trialOption } from "./trialOption";

const say = { now: "now", next: "new", tiers: { high: "high", medium: "medium", low: "low" } };

it("draws both tables' warnings by tier", () => {
  const option = trialOption(
    { before: { high: 9, medium: 2, low: 50 }, after: { high: 4, medium: 0, low: 10 } },
    say,
  ) as { series: { data: number[] }[] };
  expect(option.series.map((one) => one.data)).toEqual([
    [9, 4],
    [2, 0],
    [50, 10],
  ]);
  expect(total({ high: 9, medium: 2, low: 50 })).toBe(61);
});

it("adds points and profiles up", () => {
  const row = [1, 0, 0, 2];
  const none = [0, 0, 0, 0];
  expect(matrixOf({ matrix: { point: [row, none, none, none], profile: [row, none, none, row] } })).toEqual([
    [2, 0, 0, 4],
    none,
    none,
    row,
  ]);
});
