import { expect, test } from "vitest";
import { isAt, placesOf } from "./places";

const paths = (permissions: string[]) => {
  const { direct, groups } = placesOf({ permissions });
  return {
    direct: direct.map((place) => place.to),
    groups: groups.map((group) => group.places.map((p) => p.to)),
  };
};

test("a team leader sees every place at once", () => {
  const { direct, groups } = paths(["deduction.answer", "hazards.handle", "participation.take_part"]);
  expect(direct).toEqual(["/", "/verify", "/warnings", "/live", "/hazards", "/participation"]);
  expect(groups).toEqual([]);
});

test("who may go everywhere has at most ten things in the bar, and still reaches all", () => {
  const all = [
    "region.read",
    "deduction.answer",
    "inspections.do",
    "hazards.handle",
    "cases.decide",
    "models.train",
    "linkage.decide",
    "participation.take_part",
    "places.manage",
    "decisions.edit",
    "dispatch.manage",
    "ledger.read",
  ];
  const { direct, groups } = paths(all);
  expect(direct.length + groups.length).toBeLessThanOrEqual(10);
  expect(new Set([...direct, ...groups.flat()]).size).toBe(17);
  expect(groups).toHaveLength(2);
});

test("a page below a place belongs to it", () => {
  const [region] = placesOf({ permissions: ["region.read"] }).direct;
  expect(region && isAt(region, "/enterprises/3")).toBe(true);
  expect(region && isAt(region, "/warnings")).toBe(false);
});
