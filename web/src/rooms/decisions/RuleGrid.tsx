import {
  ArrowDownOutlined,
  ArrowUpOutlined,
  CloseOutlined,
  CopyOutlined,
  DeleteOutlined,
  PlusOutlined,
} from "@ant-design/icons";
import { Button, Input, InputNumber, Popconfirm, Select } from "antd";
import { useEither, useWords } from "@/app/i18n";
import type { DecisionColumn, DecisionTable, TableFinding } from "@/app/types";
import { CellEditor } from "./CellEditor";
import { readResult } from "./cells";
import type { Edit, GridRule, GridTable } from "./grid";
import { words } from "./words";

interface RuleGridProps {
  table: DecisionTable;
  grid: GridTable;
  findings: TableFinding[];
  showFeel: boolean;
  onEdit: (edit: Edit) => void;
}

/** The columns of a grid: those that the platform knows by name, else as the file brought them. */
export function columnsOf(table: DecisionTable, inputs: string[]): DecisionColumn[] {
  return inputs.flatMap((name) => {
    const found = [...table.facts, ...table.inputs].find((column) => column.name === name);
    return found ? [found] : [];
  });
}

/** One table: a row for each rule, a picker for each condition. */
export function RuleGrid({ table, grid, findings, showFeel, onEdit }: RuleGridProps) {
  const t = useWords(words);
  const either = useEither();
  const columns = columnsOf(table, grid.inputs);
  const unused = table.facts.filter((fact) => !grid.inputs.includes(fact.name));
  const title = either(table.zh, table.en);
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        <Select
          className="grid-policy"
          aria-label={t("hitPolicy")}
          value={grid.hit_policy}
          options={(["FIRST", "UNIQUE"] as const).map((policy) => ({ value: policy, label: t(policy) }))}
          onChange={(policy) => onEdit({ kind: "policy", table: grid.key, policy })}
        />
        {unused.length > 0 && (
          <Select
            className="grid-condition"
            aria-label={t("addCondition")}
            value={null}
            placeholder={t("addCondition")}
            options={unused.map((fact) => ({ value: fact.name, label: either(fact.zh, fact.en) }))}
            onChange={(name: string | null) => {
              if (name) onEdit({ kind: "addColumn", table: grid.key, name });
            }}
          />
        )}
      </div>
      {grid.rules.length === 0 && <p className="muted gap-below-small">{t("noRules")}</p>}
      <div className="table-scroll">
        <table className="rows rule-grid">
          <thead>
            <tr>
              <th>{t("rule")}</th>
              {columns.map((column, at) => (
                <th key={column.name}>
                  <span className="grid-head">
                    {either(column.zh, column.en)}
                    <Popconfirm
                      title={t("deleteColumn", { name: either(column.zh, column.en) })}
                      description={t("deleteColumnSure")}
                      onConfirm={() => onEdit({ kind: "deleteColumn", table: grid.key, at })}
                    >
                      <Button
                        type="text"
                        size="small"
                        icon={<CloseOutlined />}
                        aria-label={t("deleteColumn", { name: either(column.zh, column.en) })}
                      />
                    </Popconfirm>
                  </span>
                </th>
              ))}
              {table.outputs.map((column) => (
                <th key={column.name} className="grid-then">
                  {either(column.zh, column.en)}
                </th>
              ))}
              <th>{t("ruleNote")}</th>
              <th aria-label={t("rowTools")} />
            </tr>
          </thead>
          <tbody>
            {grid.rules.map((rule, at) => (
              <RuleLine
                key={rule.local}
                rule={rule}
                columns={columns}
                outputs={table.outputs}
                tableKey={grid.key}
                first={at === 0}
                last={at === grid.rules.length - 1}
                findings={findings.filter((one) => one.rules.includes(rule.rule_id))}
                showFeel={showFeel}
                onEdit={onEdit}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Button
        className="grid-add"
        icon={<PlusOutlined />}
        onClick={() => onEdit({ kind: "add", table: grid.key })}
      >
        {t("addRule")}
      </Button>
    </section>
  );
}

interface RuleLineProps {
  rule: GridRule;
  columns: DecisionColumn[];
  outputs: DecisionColumn[];
  tableKey: string;
  first: boolean;
  last: boolean;
  findings: TableFinding[];
  showFeel: boolean;
  onEdit: (edit: Edit) => void;
}

function RuleLine({
  rule,
  columns,
  outputs,
  tableKey,
  first,
  last,
  findings,
  showFeel,
  onEdit,
}: RuleLineProps) {
  const t = useWords(words);
  const either = useEither();
  const grave = findings.some((one) => one.gravity === "error");
  const where = { table: tableKey, local: rule.local };
  const tools = [
    {
      name: t("up", { rule: rule.rule_id }),
      icon: <ArrowUpOutlined />,
      off: first,
      edit: { kind: "move", by: -1 },
    },
    {
      name: t("down", { rule: rule.rule_id }),
      icon: <ArrowDownOutlined />,
      off: last,
      edit: { kind: "move", by: 1 },
    },
  ] as const;
  return (
    <tr className={grave ? "rule-wrong" : findings.length ? "rule-doubt" : undefined}>
      <td>
        <Input
          className="rule-name"
          aria-label={`${t("ruleName")} ${rule.rule_id}`}
          maxLength={40}
          value={rule.rule_id}
          onChange={(event) => onEdit({ kind: "name", ...where, text: event.target.value })}
        />
      </td>
      {columns.map((column, at) => (
        <td key={column.name}>
          <CellEditor
            column={column}
            rule={rule.rule_id}
            text={rule.cells[at] ?? "-"}
            wrong={findings.some((one) => one.column === column.name)}
            showFeel={showFeel}
            onChange={(text) => onEdit({ kind: "cell", ...where, at, text })}
          />
        </td>
      ))}
      {outputs.map((column, at) => (
        <td key={column.name} className="grid-then">
          <ResultEditor
            column={column}
            label={t("result", { rule: rule.rule_id, name: either(column.zh, column.en) })}
            text={rule.outputs[at] ?? ""}
            onChange={(text) => onEdit({ kind: "output", ...where, at, text })}
          />
        </td>
      ))}
      <td>
        <Input
          className="rule-note"
          aria-label={`${t("ruleNote")} ${rule.rule_id}`}
          maxLength={2000}
          value={rule.note}
          onChange={(event) => onEdit({ kind: "note", ...where, text: event.target.value })}
        />
      </td>
      <td className="right nowrap">
        {tools.map((tool) => (
          <Button
            key={tool.name}
            type="text"
            size="small"
            icon={tool.icon}
            aria-label={tool.name}
            title={tool.name}
            disabled={tool.off}
            onClick={() => onEdit({ ...tool.edit, ...where })}
          />
        ))}
        <Button
          type="text"
          size="small"
          icon={<CopyOutlined />}
          aria-label={t("copy", { rule: rule.rule_id })}
          title={t("copy", { rule: rule.rule_id })}
          onClick={() => onEdit({ kind: "add", table: tableKey, after: rule.local })}
        />
        <Button
          type="text"
          size="small"
          icon={<DeleteOutlined />}
          aria-label={t("remove", { rule: rule.rule_id })}
          title={t("remove", { rule: rule.rule_id })}
          onClick={() => onEdit({ kind: "delete", ...where })}
        />
      </td>
    </tr>
  );
}

function ResultEditor({
  column,
  label,
  text,
  onChange,
}: {
  column: DecisionColumn;
  label: string;
  text: string;
  onChange: (text: string) => void;
}) {
  const either = useEither();
  if (column.named.length) {
    return (
      <Select
        aria-label={label}
        value={readResult(text)}
        options={column.named.map((one) => ({ value: one.value, label: either(one.zh, one.en) }))}
        onChange={(value: string) => onChange(JSON.stringify(value))}
      />
    );
  }
  const number = Number(text);
  return (
    <InputNumber
      className="rule-days"
      aria-label={label}
      value={text.trim() && !Number.isNaN(number) ? number : null}
      min={column.low ?? undefined}
      max={column.high ?? undefined}
      precision={column.whole ? 0 : undefined}
      onChange={(value) => onChange(value === null ? "" : String(value))}
    />
  );
}
