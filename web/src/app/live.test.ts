import { expect, it } from "vitest";
import { EVENT_NAMES, parseEvent, staleKeys } from "./live";

it("an answered hazard point makes its own page and its enterprise's list stale", () => {
  const keys = staleKeys("hazard_point.answered", { id: 7, enterprise_id: 3 });
  expect(keys).toContainEqual(["point", "7"]);
  expect(keys).toContainEqual(["points", "3"]);
  expect(keys).not.toContainEqual(["warnings"]);
});

it("every event makes something stale", () => {
  for (const name of EVENT_NAMES)
    expect(staleKeys(name, { id: 1, enterprise_id: 1 }).length).toBeGreaterThan(0);
});

it("a broken message is no event data, not a crash", () => {
  expect(parseEvent("{")).toEqual({});
  expect(parseEvent("null")).toEqual({});
  expect(parseEvent('{"id":1}')).toEqual({ id: 1 });
});
