import { describe, expect, it } from "vitest";
import type { GraphSpot } from "@/app/types";
import { lines, place, shorten } from "./circle";

function spot(id: string, factor: string, hops = 1, score = 0.5): GraphSpot {
  return { id, kind: "cause", label_zh: id, label_en: id, detail_zh: "", factor, hops, score } as GraphSpot;
}

describe("circle", () => {
  it("puts incidents between what leads to harm and what stops it", () => {
    const placed = place([spot("a", "human"), { ...spot("b", "method"), kind: "measure" }, spot("c", "")]);
    expect(placed.find((one) => one.spot.id === "a")?.x).toBeLessThan(0);
    expect(placed.find((one) => one.spot.id === "b")?.x).toBeGreaterThan(0);
    expect(placed.find((one) => one.spot.id === "c")?.x).toBe(0);
  });
  it("never puts two names of a column on one row", () => {
    const many = Array.from({ length: 30 }, (_, n) => spot(`n${n}`, n % 2 ? "human" : "method", 1 + (n % 3)));
    const columns = new Map<boolean, number[]>();
    for (const one of place(many)) {
      const far = one.x < -340;
      columns.set(far, [...(columns.get(far) ?? []), one.y]);
    }
    expect(columns.size).toBe(2);
    for (const rows of columns.values()) {
      rows.sort((a, b) => a - b);
      rows.slice(1).forEach((y, n) => {
        expect(y - (rows[n] ?? y)).toBeGreaterThan(40);
      });
    }
  });
  it("keeps a node's group together", () => {
    const placed = place([spot("a", "human"), spot("b", "method"), spot("c", "human")]);
    const rows = placed.sort((a, b) => a.y - b.y).map((one) => one.group);
    expect(rows).toEqual(["human", "human", "method"]);
  });
  it("draws one line for two facts between the same nodes", () => {
    const fact = { source: "a", target: "b", support: 1 };
    const facts = [fact, { ...fact, support: 7 }, { ...fact, target: "not drawn" }];
    const circle = { facts, nodes: [spot("a", ""), spot("b", "human")], seeds: [], reached: 2 };
    expect(lines(circle as never, place(circle.nodes))).toEqual([
      { id: "a b", source: "a", target: "b", support: 7 },
    ]);
  });
  it("shortens by width, not by count", () => {
    expect(shorten("abcdef", 6)).toBe("abcdef");
    expect(shorten("池边滑倒", 6)).toBe("池边滑…");
  });
});
