import { describe, expect, it } from "vitest";
import { closes, cornerMoved, middle, moved, position, spot } from "./outline";

const square: [number, number][] = [
  [0.1, 0.1],
  [0.3, 0.1],
  [0.3, 0.5],
  [0.1, 0.5],
];

describe("outline", () => {
  it("stays on the plan and keeps its form", () => {
    expect(moved(square, 0.1, 0)[0]).toEqual([0.2, 0.1]);
    expect(moved(square, -1, 2)).toEqual([
      [0, 0.6],
      [0.2, 0.6],
      [0.2, 1],
      [0, 1],
    ]);
    expect(cornerMoved(square, 2, [1.4, -1])[2]).toEqual([1, 0]);
    expect(spot(-0.2, 0.1234567)).toEqual([0, 0.12346]);
  });
  it("is closed by a click near its first corner, not before there are three", () => {
    expect(closes(square, [0.105, 0.1], 0.6)).toBe(true);
    expect(closes(square, [0.15, 0.1], 0.6)).toBe(false);
    expect(closes(square.slice(0, 2), [0.1, 0.1], 0.6)).toBe(false);
  });
  it("has its name in the middle", () => {
    expect(middle(square)?.map((v) => v.toFixed(3))).toEqual(["0.200", "0.300"]);
    expect(middle([])).toBeNull();
  });
  it("reads a position as people write one, and says when it is none", () => {
    expect(position(" 30.25，120.15 ")).toEqual([30.25, 120.15]);
    expect(position("")).toBeNull();
    expect(position("120.15, 230")).toBeUndefined();
    expect(position("north")).toBeUndefined();
  });
});
