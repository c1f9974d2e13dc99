/** What the pickers of a cell can say; everything else stays in FEEL as it is written. */
export type Cell =
  | { kind: "any" }
  | { kind: "given" }
  | { kind: "absent" }
  | { kind: "in"; values: string[] }
  | { kind: "notIn"; values: string[] }
  | { kind: "compare"; sign: Sign; value: number }
  | { kind: "between"; low: number; high: number; lowOpen: boolean; highOpen: boolean }
  | { kind: "feel"; text: string };
export type Sign = "<" | "<=" | ">" | ">=";
export const SIGNS: Record<Sign, string> = { ">=": "≥", ">": ">", "<=": "≤", "<": "<" };

const NUMBER = String.raw`-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?`;
const COMPARE = new RegExp(`^(<=|>=|<|>)\\s*(${NUMBER})$`);
const BETWEEN = new RegExp(`^([[(\\]])\\s*(${NUMBER})\\s*\\.\\.\\s*(${NUMBER})\\s*([\\])[])$`);
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const TEXTS = new RegExp(`^${TEXT}(?:\\s*,\\s*${TEXT})*$`);
const ONE_TEXT = new RegExp(TEXT, "g");

function texts(list: string): string[] | null {
  if (!TEXTS.test(list)) return null;
  try {
    return (list.match(ONE_TEXT) ?? []).map((one) => JSON.parse(one) as string);
  } catch {
    return null;
  }
}

/** A FEEL cell as a picker shows it. */
export function readCell(feel: string): Cell {
  const text = feel.trim();
  if (text === "" || text === "-") return { kind: "any" };
  if (text === "null") return { kind: "absent" };
  const inner = /^not\s*\(([\s\S]*)\)$/.exec(text)?.[1]?.trim();
  if (inner === "null") return { kind: "given" };
  const excluded = inner === undefined ? null : texts(inner);
  if (excluded) return { kind: "notIn", values: excluded };
  const included = texts(text);
  if (included) return { kind: "in", values: included };
  const compare = COMPARE.exec(text);
  if (compare) return { kind: "compare", sign: compare[1] as Sign, value: Number(compare[2]) };
  const between = BETWEEN.exec(text);
  if (between) {
    return {
      kind: "between",
      low: Number(between[2]),
      high: Number(between[3]),
      lowOpen: between[1] !== "[",
      highOpen: between[4] !== "]",
    };
  }
  return { kind: "feel", text };
}

/** A picker's cell as FEEL. */
export function writeCell(cell: Cell): string {
  switch (cell.kind) {
    case "any":
      return "-";
    case "given":
      return "not(null)";
    case "absent":
      return "null";
    case "in":
      return cell.values.length ? cell.values.map((one) => JSON.stringify(one)).join(",") : "-";
    case "notIn":
      return cell.values.length ? `not(${cell.values.map((one) => JSON.stringify(one)).join(",")})` : "-";
    case "compare":
      return `${cell.sign} ${cell.value}`;
    case "between":
      return `${cell.lowOpen ? "(" : "["}${cell.low}..${cell.high}${cell.highOpen ? ")" : "]"}`;
    case "feel":
      return cell.text;
  }
}

/** A single result: text in quotes, a number as it is. */
export function readResult(feel: string): string {
  const found = texts(feel.trim());
  return found?.length === 1 ? (found[0] as string) : feel.trim();
}
