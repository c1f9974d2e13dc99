/** A spreadsheet takes a cell that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Columns in the order in which people read them; the server gives them in none. */
const ORDER = [
  ...[
    "id",
    "enterprise",
    "year",
    "month",
    "accident_type",
    "kind",
    "level",
    "tier",
    "rule",
    "state",
    "colour",
  ],
  ...["found_by", "major", "opened_on", "raised_on", "due_on", "closed_on", "hazards", "closed", "cases"],
];

/** Names of the columns of rows. */
export function columnsOf(rows: Record<string, unknown>[]): string[] {
  const place = (name: string) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  return Object.keys(rows[0] ?? {}).sort((a, b) => place(a) - place(b));
}

/** Rows as CSV with a byte-order mark (Excel reads Chinese by it); the first line says who, when and what for. */
export function csvOf(mark: string, rows: Record<string, unknown>[]): string {
  const names = columnsOf(rows);
  const lines = [[mark], names, ...rows.map((row) => names.map((name) => row[name]))];
  return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const safe = typeof value !== "number" && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
