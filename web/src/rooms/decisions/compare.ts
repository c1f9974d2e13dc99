import type { DecisionDocument, DecisionRule, DecisionTable } from "@/app/types";

export interface RuleChange {
  kind: "added" | "removed" | "changed" | "moved";
  rule: string;
  before?: DecisionRule;
  after?: DecisionRule;
}
export interface TableChangeList {
  key: string;
  before: DecisionTable;
  after: DecisionTable;
  policy: boolean;
  rules: RuleChange[];
}

function same(first: DecisionRule, second: DecisionRule): boolean {
  return first.said_zh === second.said_zh && first.outputs.join("\n") === second.outputs.join("\n");
}

/** What differs between two versions, by table and by the name of the rule. */
export function differences(before: DecisionDocument, after: DecisionDocument): TableChangeList[] {
  const found: TableChangeList[] = [];
  for (const table of after.tables) {
    const old = before.tables.find((one) => one.key === table.key);
    if (!old) continue;
    const rules: RuleChange[] = [];
    const kept = old.rules.filter((one) => table.rules.some((rule) => rule.rule_id === one.rule_id));
    const order = table.rules.filter((one) => kept.some((rule) => rule.rule_id === one.rule_id));
    for (const rule of table.rules) {
      const was = old.rules.find((one) => one.rule_id === rule.rule_id);
      if (!was) rules.push({ kind: "added", rule: rule.rule_id, after: rule });
      else if (!same(was, rule))
        rules.push({ kind: "changed", rule: rule.rule_id, before: was, after: rule });
      else if (kept.indexOf(was) !== order.indexOf(rule))
        rules.push({ kind: "moved", rule: rule.rule_id, before: was, after: rule });
    }
    for (const rule of old.rules) {
      if (!kept.includes(rule)) rules.push({ kind: "removed", rule: rule.rule_id, before: rule });
    }
    const policy = old.hit_policy !== table.hit_policy;
    if (policy || rules.length) found.push({ key: table.key, before: old, after: table, policy, rules });
  }
  return found;
}
