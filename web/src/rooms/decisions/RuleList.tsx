import { useEither, usePick, useWords } from "@/app/i18n";
import { TierMark } from "@/app/marks";
import type { DecisionRule, DecisionTable, Tier } from "@/app/types";
import { readResult } from "./cells";
import { words } from "./words";

/** What a rule decides: tier and days. */
export function Outcome({ rule, table }: { rule: DecisionRule; table: DecisionTable }) {
  const t = useWords(words);
  const of = (name: string) => rule.outputs[table.outputs.findIndex((one) => one.name === name)] ?? "";
  const tier = readResult(of("tier"));
  return (
    <span className="outcome">
      {tier === "high" || tier === "medium" || tier === "low" ? <TierMark tier={tier as Tier} /> : tier}
      <span className="num">{t("days", { n: of("due_days") })}</span>
    </span>
  );
}

/** A table's rules as sentences: to be read, also on a phone. */
export function RuleList({ table }: { table: DecisionTable }) {
  const t = useWords(words);
  const either = useEither();
  const pick = usePick();
  return (
    <section className="panel" aria-label={either(table.zh, table.en)}>
      <div className="panel-head">
        <h2>{either(table.zh, table.en)}</h2>
        <span className="muted">{t(table.hit_policy === "UNIQUE" ? "UNIQUE" : "FIRST")}</span>
      </div>
      {table.rules.length === 0 && <p className="muted">{t("noRules")}</p>}
      <ol className="rule-list">
        {table.rules.map((rule) => (
          <li key={rule.rule_id}>
            <span className="rule-id mono">{rule.rule_id}</span>
            <span className="rule-said">
              {pick(rule, "said")}
              {rule.note && <span className="muted"> · {rule.note}</span>}
            </span>
            <Outcome rule={rule} table={table} />
          </li>
        ))}
      </ol>
    </section>
  );
}
