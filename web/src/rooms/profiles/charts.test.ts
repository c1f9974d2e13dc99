import { expect, it } from "vitest";
import { colourBands } from "./profileOption";
import { sparkPath } from "./spark";

it("a sparkline stays in its box and a level one runs in the middle", () => {
  const path = sparkPath([0, 10, 5], 88, 24);
  expect(path?.line).toBe("M3 21 L44 3 L85 12");
  expect(sparkPath([4, 4], 88, 24)?.line).toBe("M3 12 L85 12");
  expect(sparkPath([1], 88, 24)).toBeNull();
});

it("months of one colour make one band", () => {
  const months = (["red", "red", "blue", "red"] as const).map((colour) => ({ colour }));
  expect(colourBands(months)).toEqual([
    { colour: "red", from: 0, to: 1 },
    { colour: "blue", from: 2, to: 2 },
    { colour: "red", from: 3, to: 3 },
  ]);
});
