import { describe, expect, it } from "vitest";
import { barOf, scaleOf, signed } from "./weights";

describe("weights", () => {
  it("draws evidence for one thing to the right and against it to the left", () => {
    expect(barOf(5, 10)).toEqual({ left: "50%", width: "25%" });
    expect(barOf(-5, 10)).toEqual({ left: "25%", width: "25%" });
  });
  it("never draws a bar out of its track", () => {
    expect(barOf(-80, scaleOf([-80, 3]))).toEqual({ left: "0%", width: "50%" });
  });
  it("writes the sign, and nothing as nought", () => {
    expect(signed(-1.04)).toBe("−1.0");
    expect(signed(3.2)).toBe("+3.2");
    expect(signed(-0.01)).toBe("0");
  });
});
