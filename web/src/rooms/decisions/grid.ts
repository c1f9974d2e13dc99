import type { DecisionDocument, DecisionDocumentIn } from "@/app/types";

/** A rule in the editor; `local` stays the same while the rule is renamed and moved. */
export interface GridRule {
  local: number;
  rule_id: string;
  cells: string[];
  outputs: string[];
  note: string;
}
export interface GridTable {
  key: string;
  hit_policy: string;
  inputs: string[];
  rules: GridRule[];
}
export interface Grid {
  version: string;
  tables: GridTable[];
}

/** The editor's copy of a document. */
export function gridOf(document: DecisionDocument): Grid {
  let local = 0;
  return {
    version: document.version,
    tables: document.tables.map((table) => ({
      key: table.key,
      hit_policy: table.hit_policy,
      inputs: table.inputs.map((column) => column.name),
      rules: table.rules.map((rule) => ({
        local: local++,
        rule_id: rule.rule_id,
        cells: [...rule.cells],
        outputs: [...rule.outputs],
        note: rule.note,
      })),
    })),
  };
}

/** What is sent: the grid without the editor's own marks. */
export function sent(grid: Grid): DecisionDocumentIn {
  return {
    version: grid.version,
    tables: grid.tables.map((table) => ({
      ...table,
      rules: table.rules.map(({ rule_id, cells, outputs, note }) => ({ rule_id, cells, outputs, note })),
    })),
  };
}

function inTable(grid: Grid, key: string, change: (table: GridTable) => GridTable): Grid {
  return { ...grid, tables: grid.tables.map((table) => (table.key === key ? change(table) : table)) };
}

function inRule(table: GridTable, local: number, change: (rule: GridRule) => GridRule): GridTable {
  return { ...table, rules: table.rules.map((rule) => (rule.local === local ? change(rule) : rule)) };
}

function put(list: string[], at: number, value: string): string[] {
  return list.map((one, index) => (index === at ? value : one));
}

export type Edit =
  | { kind: "cell"; table: string; local: number; at: number; text: string }
  | { kind: "output"; table: string; local: number; at: number; text: string }
  | { kind: "name"; table: string; local: number; text: string }
  | { kind: "note"; table: string; local: number; text: string }
  | { kind: "policy"; table: string; policy: string }
  | { kind: "version"; text: string }
  | { kind: "add"; table: string; after?: number }
  | { kind: "delete"; table: string; local: number }
  | { kind: "move"; table: string; local: number; by: -1 | 1 }
  | { kind: "addColumn"; table: string; name: string }
  | { kind: "deleteColumn"; table: string; at: number };

/** A name that no rule of either table has: the last rule's letters and the next number. */
export function freshName(grid: Grid, key: string): string {
  const taken = new Set(grid.tables.flatMap((table) => table.rules.map((rule) => rule.rule_id)));
  const own = grid.tables.find((table) => table.key === key)?.rules ?? [];
  const letters = /^[^\d]*/.exec(own.at(-1)?.rule_id ?? "")?.[0] || "N";
  let number = own.length + 1;
  while (taken.has(`${letters}${number}`)) number++;
  return `${letters}${number}`;
}

/** The grid after one edit. */
export function edited(grid: Grid, edit: Edit): Grid {
  switch (edit.kind) {
    case "version":
      return { ...grid, version: edit.text };
    case "policy":
      return inTable(grid, edit.table, (table) => ({ ...table, hit_policy: edit.policy }));
    case "cell":
      return inTable(grid, edit.table, (table) =>
        inRule(table, edit.local, (rule) => ({ ...rule, cells: put(rule.cells, edit.at, edit.text) })),
      );
    case "output":
      return inTable(grid, edit.table, (table) =>
        inRule(table, edit.local, (rule) => ({ ...rule, outputs: put(rule.outputs, edit.at, edit.text) })),
      );
    case "name":
      return inTable(grid, edit.table, (table) =>
        inRule(table, edit.local, (rule) => ({ ...rule, rule_id: edit.text })),
      );
    case "note":
      return inTable(grid, edit.table, (table) =>
        inRule(table, edit.local, (rule) => ({ ...rule, note: edit.text })),
      );
    case "delete":
      return inTable(grid, edit.table, (table) => ({
        ...table,
        rules: table.rules.filter((rule) => rule.local !== edit.local),
      }));
    case "add":
      return inTable(grid, edit.table, (table) => added(grid, table, edit.after));
    case "move":
      return inTable(grid, edit.table, (table) => moved(table, edit.local, edit.by));
    case "addColumn":
      return inTable(grid, edit.table, (table) => ({
        ...table,
        inputs: [...table.inputs, edit.name],
        rules: table.rules.map((rule) => ({ ...rule, cells: [...rule.cells, "-"] })),
      }));
    case "deleteColumn":
      return inTable(grid, edit.table, (table) => ({
        ...table,
        inputs: table.inputs.filter((_, at) => at !== edit.at),
        rules: table.rules.map((rule) => ({ ...rule, cells: rule.cells.filter((_, at) => at !== edit.at) })),
      }));
  }
}

/** A new rule behind `after` as its copy, or at the end asking for nothing. */
function added(grid: Grid, table: GridTable, after?: number): GridTable {
  const local = 1 + Math.max(0, ...grid.tables.flatMap((one) => one.rules.map((rule) => rule.local)));
  const place = table.rules.findIndex((rule) => rule.local === after);
  const like = table.rules[place];
  const rule: GridRule = {
    local,
    rule_id: freshName(grid, table.key),
    cells: like ? [...like.cells] : table.inputs.map(() => "-"),
    outputs: like ? [...like.outputs] : ['"low"', "30"],
    note: like?.note ?? "",
  };
  const rules = [...table.rules];
  rules.splice(place < 0 ? rules.length : place + 1, 0, rule);
  return { ...table, rules };
}

function moved(table: GridTable, local: number, by: -1 | 1): GridTable {
  const from = table.rules.findIndex((rule) => rule.local === local);
  const rules = [...table.rules];
  const [rule] = rules.splice(from, 1);
  if (!rule || from + by < 0) return table;
  rules.splice(from + by, 0, rule);
  return { ...table, rules };
}
