import { describe, expect, it } from "vitest";
import { segments } from "./narrative";

const joined = (parts: { text: string }[]) => parts.map((part) => part.text).join("");

describe("segments", () => {
  it("keep every character and mark the deciding words", () => {
    const text = "操作工右手被冲床压伤";
    const parts = segments(text, [{ start: 6, end: 8, weight: 0.4 }]);
    expect(joined(parts)).toBe(text);
    expect(parts.filter((part) => part.strength > 0).map((part) => part.text)).toEqual(["冲床"]);
  });
  it("count code points: a rare character before the words moves nothing", () => {
    const parts = segments("𠮷某被冲床压伤", [{ start: 3, end: 5, weight: 1 }]);
    expect(parts.find((part) => part.strength > 0)?.text).toBe("冲床");
  });
  it("take the heavier of two overlapping spans, relative to the heaviest", () => {
    const parts = segments("abcdef", [
      { start: 0, end: 4, weight: 0.2 },
      { start: 2, end: 6, weight: 0.8 },
    ]);
    expect(parts.map((part) => [part.text, part.strength])).toEqual([
      ["ab", 0.25],
      ["cd", 1],
      ["ef", 1],
    ]);
  });
  it("leave out spans beyond the text, reversed or weightless", () => {
    const parts = segments("abc", [
      { start: 5, end: 9, weight: 1 },
      { start: 2, end: 1, weight: 1 },
      { start: 0, end: 1, weight: 0 },
    ]);
    expect(parts.every((part) => part.strength === 0)).toBe(true);
    expect(joined(parts)).toBe("abc");
  });
});
