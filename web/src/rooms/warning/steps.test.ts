import { expect, it } from "vitest";
import { allowedSteps } from "./steps";

it("a raised warning is acknowledged first; a resolved one is left alone", () => {
  expect(allowedSteps("raised", true, true)).toEqual(["acknowledge", "hand_on", "resolve"]);
  expect(allowedSteps("resolved", true, true)).toEqual([]);
});

it("a role without a permission sees no button for it", () => {
  expect(allowedSteps("acknowledged", true, false)).toEqual(["resolve"]);
  expect(allowedSteps("raised", false, false)).toEqual([]);
});
