import { expect, it } from "vitest";
import { localInput, offeredHours, untilText } from "./countdown";

it("a countdown reads as minutes, then hours, then days, and never below nothing", () => {
  expect(untilText(247_000)).toBe("04:07");
  expect(untilText(246_001)).toBe("04:07"); // the last second counts until it is over
  expect(untilText(7_447_000)).toBe("2:04:07");
  expect(untilText(3 * 86_400_000 + 4 * 3_600_000 + 7 * 60_000)).toBe("3d 04:07");
  expect(untilText(-5)).toBe("00:00");
});

it("a snooze is offered up to what the tier allows", () => {
  expect(offeredHours(4)).toEqual([0.5, 1, 2, 4]);
  expect(offeredHours(168)).toEqual([1, 4, 8, 24, 72, 168]);
});

it("the input holds local time to the minute", () => {
  expect(localInput(new Date(2026, 0, 5, 7, 9, 30))).toBe("2026-01-05T07:09");
});
