import { describe, expect, it } from "vitest";
import type { HazardDetail } from "@/app/types";
import { needsWhy, requestOf, stepsFor } from "./steps";

const NONE: HazardDetail["may"] = {
  assign: false,
  start: false,
  fix: false,
  check: false,
  refuse: false,
  reopen: false,
  confirm: false,
  contest: false,
  opinion_ask: false,
  opinion_give: false,
  decide_major: false,
  release: false,
  level: false,
  photo: false,
};

describe("steps", () => {
  it("give a new hazard away first, an assigned one is handed on", () => {
    expect(stepsFor({ state: "opened", may: { ...NONE, assign: true, refuse: true } })).toEqual([
      "assign",
      "refuse",
    ]);
    expect(stepsFor({ state: "assigned", may: { ...NONE, assign: true, fix: true, start: true } })).toEqual([
      "fix",
      "start",
      "transfer",
    ]);
  });
  it("offer nothing to whom nothing is open", () => {
    expect(stepsFor({ state: "closed", may: NONE })).toEqual([]);
  });
  it("say what the server understands", () => {
    expect(requestOf("transfer", { to: 3, note: " a " })).toEqual({
      path: "assign",
      body: { to: 3, note: "a", days: null },
    });
    expect(requestOf("check", { yes: false, note: "b" })).toEqual({
      path: "check",
      body: { passed: false, note: "b" },
    });
    expect(requestOf("contest", { note: "c" }).body).toEqual({ done: false, note: "c" });
  });
  it("want a reason where somebody else has to live with it", () => {
    expect(needsWhy("check", true)).toBe(false);
    expect(needsWhy("check", false)).toBe(true);
    expect(needsWhy("refuse", true)).toBe(true);
  });
});
