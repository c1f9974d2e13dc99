import { describe, expect, it } from "vitest";
import { edited, freshName, type Grid, sent } from "./grid";

const grid: Grid = {
  version: "1",
  tables: [
    {
      key: "points",
      hit_policy: "FIRST",
      inputs: ["colour", "probability"],
      rules: [
        { local: 0, rule_id: "P1", cells: ['"red"', ">= 0.6"], outputs: ['"high"', "1"], note: "" },
        { local: 1, rule_id: "P2", cells: ["-", ">= 0.2"], outputs: ['"low"', "60"], note: "x" },
      ],
    },
    { key: "profiles", hit_policy: "FIRST", inputs: [], rules: [] },
  ],
};
const names = (after: Grid) => after.tables[0]?.rules.map((rule) => rule.rule_id);

describe("the editor", () => {
  it("moves rules and stops at the ends", () => {
    expect(names(edited(grid, { kind: "move", table: "points", local: 1, by: -1 }))).toEqual(["P2", "P1"]);
    expect(names(edited(grid, { kind: "move", table: "points", local: 0, by: -1 }))).toEqual(["P1", "P2"]);
    expect(names(edited(grid, { kind: "move", table: "points", local: 1, by: 1 }))).toEqual(["P1", "P2"]);
  });

  it("copies a rule behind its like under a name of its own", () => {
    const after = edited(grid, { kind: "add", table: "points", after: 0 });
    expect(names(after)).toEqual(["P1", "P3", "P2"]);
    expect(after.tables[0]?.rules[1]?.cells).toEqual(['"red"', ">= 0.6"]);
    expect(new Set(after.tables[0]?.rules.map((rule) => rule.local)).size).toBe(3);
  });

  it("never gives a name twice, also not across tables", () => {
    expect(freshName(grid, "profiles")).toBe("N1");
    const taken = edited(grid, { kind: "name", table: "points", local: 0, text: "P3" });
    expect(freshName(taken, "points")).toBe("P4");
  });

  it("adds and takes away a condition in every rule", () => {
    const wider = edited(grid, { kind: "addColumn", table: "points", name: "age_days" });
    expect(wider.tables[0]?.rules.map((rule) => rule.cells.length)).toEqual([3, 3]);
    const narrower = edited(wider, { kind: "deleteColumn", table: "points", at: 0 });
    expect(narrower.tables[0]?.inputs).toEqual(["probability", "age_days"]);
    expect(narrower.tables[0]?.rules[0]?.cells).toEqual([">= 0.6", "-"]);
  });

  it("sends nothing of its own marks and leaves what it was given alone", () => {
    const after = edited(grid, { kind: "cell", table: "points", local: 0, at: 1, text: ">= 0.7" });
    expect(sent(after).tables[0]?.rules[0]).toEqual({
      rule_id: "P1",
      cells: ['"red"', ">= 0.7"],
      outputs: ['"high"', "1"],
      note: "",
    });
    expect(grid.tables[0]?.rules[0]?.cells[1]).toBe(">= 0.6");
  });
});
