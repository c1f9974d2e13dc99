import { describe, expect, it } from "vitest";
import type { AttributionSpan } from "@/app/types";
import { columns, curve, joined, pieces } from "./chain";

const span = (start: number, end: number, kind: AttributionSpan["kind"]): AttributionSpan => ({
  start,
  end,
  text: "",
  kind,
  confidence: 0.8,
  why: [],
  factors: [],
});

describe("the chain", () => {
  const spans = [span(1, 3, "cause"), span(4, 6, "event"), span(6, 8, "injury"), span(8, 9, "damage")];
  it("puts injuries and damage in one column of results", () => {
    expect(columns(spans)).toEqual({ cause: [0], event: [1], result: [2, 3] });
  });
  it("keeps every character of the narrative, in code points", () => {
    const text = "𠮷因湿滑他摔倒腿折损失";
    const parts = pieces(text, spans);
    expect(parts.map((part) => part.text).join("")).toBe(text);
    expect(parts.filter((part) => part.span === 1).map((part) => part.text)).toEqual(["他摔"]);
  });
  it("joins a step to what led to it and to what came of it", () => {
    const links = [
      { source: 0, target: 1, why: "cue", confidence: 0.5 },
      { source: 1, target: 2, why: "order", confidence: 0.5 },
    ];
    expect([...joined(1, links)].sort()).toEqual([0, 2]);
  });
  it("runs sideways between columns and down where they are stacked", () => {
    const box = { left: 0, right: 10, top: 0, bottom: 10 };
    expect(curve(box, { left: 40, right: 50, top: 0, bottom: 10 })).toMatch(/^M10,5 C/);
    expect(curve(box, { left: 0, right: 10, top: 30, bottom: 40 })).toBe("M5,10 L5,25");
  });
});
