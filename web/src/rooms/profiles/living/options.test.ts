import { expect, it } from "vitest";
import { changedSurely, topGroups } from "./options";
import type { Group } from "./types";

function group(key: string, injuries: number, previous: number, dimension = "post"): Group {
  return {
    dimension,
    key,
    name_zh: key,
    name_en: key,
    injuries,
    previous,
    deaths: 0,
    lost_days: 0,
    change: null,
    change_low: null,
    change_high: null,
    enterprises: 0,
    rate: null,
    rate_low: null,
    rate_high: null,
  };
}

it("the groups with most people hurt stand first and empty ones are left out", () => {
  const rows = [group("a", 1, 9), group("b", 4, 0), group("c", 0, 0), group("d", 9, 0, "sector")];
  expect(topGroups(rows, "post", 5).map((row) => row.key)).toEqual(["b", "a"]);
  expect(topGroups(rows, "post", 1).map((row) => row.key)).toEqual(["b"]);
});

it("a change is real only where its interval leaves none out", () => {
  expect(changedSurely({ change_low: 0.1, change_high: 0.9 })).toBe(true);
  expect(changedSurely({ change_low: -0.6, change_high: -0.1 })).toBe(true);
  expect(changedSurely({ change_low: -0.1, change_high: 0.9 })).toBe(false);
  expect(changedSurely({ change_low: null, change_high: null })).toBe(false);
});
