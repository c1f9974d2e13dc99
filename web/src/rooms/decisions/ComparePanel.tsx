import { Select, Tag } from "antd";
import { useState } from "react";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { DecisionDocument, DecisionRule, DecisionTable } from "@/app/types";
import { differences, type TableChangeList } from "./compare";
import { useDesk, useVersion, type VersionId } from "./queries";
import { Outcome } from "./RuleList";
import { words } from "./words";

/** This version beside another: each rule that differs, in words. */
export function ComparePanel({ id, document }: { id: number | null; document: DecisionDocument }) {
  const t = useWords(words);
  const desk = useDesk();
  const standing = desk.data?.standing;
  const [chosen, setChosen] = useState<VersionId | null>(null);
  const usual: VersionId = standing && standing.id !== id ? standing.id : "shipped";
  const other = chosen ?? usual;
  const before = useVersion(desk.data ? other : null);
  const listed = (desk.data?.versions ?? []).filter((one) => one.id !== id);
  const options: { value: VersionId; label: string }[] = [
    ...listed.map((one) => ({
      value: one.id,
      label: `${t("number", { n: one.number })} · ${t(stateWord(one.state))}`,
    })),
    { value: "shipped", label: t("shippedName") },
  ];
  if (standing && standing.id !== id && !listed.some((one) => one.id === standing.id)) {
    options.unshift({ value: standing.id, label: t("standing") });
  }
  return (
    <section className="panel" aria-label={t("compare")}>
      <div className="panel-head">
        <h2>{t("compareWith")}</h2>
        <Select
          className="compare-choice"
          aria-label={t("compareWith")}
          value={other}
          options={options}
          onChange={setChosen}
        />
      </div>
      <Loaded of={before} rows={6}>
        {(found) => <Differences found={differences(found.document, document)} />}
      </Loaded>
    </section>
  );
}

export function stateWord(state: string): "draft" | "published" | "retired" {
  return state === "draft" || state === "published" ? state : "retired";
}

function Differences({ found }: { found: TableChangeList[] }) {
  const t = useWords(words);
  const either = useEither();
  if (found.length === 0) return <p className="muted">{t("compareSame")}</p>;
  return found.map((table) => (
    <div key={table.key}>
      <h3>{either(table.after.zh, table.after.en)}</h3>
      {table.policy && (
        <p>
          {t(policyWord(table.before))} → {t(policyWord(table.after))}
        </p>
      )}
      <ul className="difference-list">
        {table.rules.map((rule) => (
          <li key={`${rule.kind} ${rule.rule}`}>
            <span className="rule-id mono">{rule.rule}</span>
            <Tag>{t(rule.kind)}</Tag>
            <span className="difference-sides">
              {rule.before && rule.kind !== "moved" && (
                <Side word={t("was")} rule={rule.before} table={table.before} />
              )}
              {rule.after && <Side word={t("is")} rule={rule.after} table={table.after} />}
            </span>
          </li>
        ))}
      </ul>
    </div>
  ));
}

function policyWord(table: DecisionTable): "FIRST" | "UNIQUE" {
  return table.hit_policy === "UNIQUE" ? "UNIQUE" : "FIRST";
}

function Side({ word, rule, table }: { word: string; rule: DecisionRule; table: DecisionTable }) {
  const pick = usePick();
  return (
    <span>
      <span className="muted">{word}</span> {pick(rule, "said")} <Outcome rule={rule} table={table} />
    </span>
  );
}
