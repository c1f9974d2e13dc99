import { expect, it } from "vitest";
import type { DecisionDocument } from "@/app/types";
import { differences } from "./compare";

function document(...rules: [id: string, said: string, tier: string][]): DecisionDocument {
  return {
    urn: "u",
    version: "1",
    name_zh: "",
    name_en: "",
    tables: [
      {
        key: "points",
        zh: "",
        en: "",
        hit_policy: "FIRST",
        inputs: [],
        outputs: [],
        facts: [],
        rules: rules.map(([rule_id, said, tier]) => ({
          rule_id,
          cells: [],
          outputs: [tier],
          note: "",
          said_zh: said,
          said_en: said,
        })),
      },
    ],
  };
}

const kinds = (before: DecisionDocument, after: DecisionDocument) =>
  differences(before, after).flatMap((table) => table.rules.map((rule) => `${rule.kind} ${rule.rule}`));

it("names each rule that was added, removed, changed or moved, and no other", () => {
  const before = document(["P1", "a", "high"], ["P2", "b", "low"], ["P3", "c", "low"], ["P4", "d", "low"]);
  expect(kinds(before, before)).toEqual([]);
  expect(
    kinds(
      before,
      document(["P1", "a", "medium"], ["P3", "c", "low"], ["P5", "e", "low"], ["P4", "d", "low"]),
    ),
  ).toEqual(["changed P1", "added P5", "removed P2"]);
  expect(
    kinds(before, document(["P2", "b", "low"], ["P1", "a", "high"], ["P3", "c", "low"], ["P4", "d", "low"])),
  ).toEqual(["moved P2", "moved P1"]);
});
