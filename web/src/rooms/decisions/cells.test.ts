import { describe, expect, it } from "vitest";
import { readCell, readResult, writeCell } from "./cells";

describe("a cell", () => {
  it.each([
    ["-", { kind: "any" }],
    ["", { kind: "any" }],
    ["null", { kind: "absent" }],
    ["not(null)", { kind: "given" }],
    ['"red"', { kind: "in", values: ["red"] }],
    ['"red", "a \\"b\\", c"', { kind: "in", values: ["red", 'a "b", c'] }],
    ['not("red","blue")', { kind: "notIn", values: ["red", "blue"] }],
    [">= 0.6", { kind: "compare", sign: ">=", value: 0.6 }],
    ["<-2", { kind: "compare", sign: "<", value: -2 }],
    ["[1..5)", { kind: "between", low: 1, high: 5, lowOpen: false, highOpen: true }],
    ["]1..5[", { kind: "between", low: 1, high: 5, lowOpen: true, highOpen: true }],
  ])("%s is shown by a picker and written so that it means the same", (feel, cell) => {
    expect(readCell(feel)).toEqual(cell);
    expect(readCell(writeCell(readCell(feel)))).toEqual(cell);
  });

  it.each(["> 3,< 1", "not(> 3)", 'date("2026-01-01")', "count(x)", '"red",> 3', "5"])(
    "%s is more than a picker says and stays as it is written",
    (feel) => {
      expect(writeCell(readCell(feel))).toBe(feel);
      expect(readCell(feel).kind).toBe("feel");
    },
  );

  it("with no value left says nothing", () => {
    expect(writeCell({ kind: "in", values: [] })).toBe("-");
  });
});

it("a result is read without its quotes", () => {
  expect(readResult('"high"')).toBe("high");
  expect(readResult("14")).toBe("14");
});
