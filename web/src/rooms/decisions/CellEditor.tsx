import { Button, Checkbox, Input, InputNumber, Popover, Select } from "antd";
import { useId, useRef, useState } from "react";
import { useEither, useWords } from "@/app/i18n";
import type { DecisionColumn } from "@/app/types";
import { type Cell, readCell, SIGNS, type Sign, writeCell } from "./cells";
import { words } from "./words";

interface CellProps {
  column: DecisionColumn;
  rule: string;
  text: string;
  wrong: boolean;
  showFeel: boolean;
  onChange: (text: string) => void;
}

/** A cell's words, short enough for a grid. */
export function useCellWords() {
  const t = useWords(words);
  const either = useEither();
  return (column: DecisionColumn, text: string): string => {
    const cell = readCell(text);
    const names = (values: string[]) =>
      values
        .map((value) => {
          const named = column.named.find((one) => one.value === value);
          return named ? either(named.zh, named.en) : value;
        })
        .join(either("、", ", "));
    switch (cell.kind) {
      case "any":
      case "given":
      case "absent":
        return t(cell.kind);
      case "in":
        return names(cell.values);
      case "notIn":
        return `${t("not")} ${names(cell.values)}`;
      case "compare":
        return `${SIGNS[cell.sign]} ${cell.value}`;
      case "between":
        return `${cell.lowOpen ? "(" : "["}${cell.low} – ${cell.high}${cell.highOpen ? ")" : "]"}`;
      case "feel":
        return cell.text;
    }
  };
}

/** A condition that opens its picker; FEEL shows only where it is asked for or where no picker says it. */
export function CellEditor({ column, rule, text, wrong, showFeel, onChange }: CellProps) {
  const t = useWords(words);
  const either = useEither();
  const say = useCellWords();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus(); // whoever edits by keyboard goes on from the cell
  };
  const name = either(column.zh, column.en);
  const shown = showFeel ? text : say(column, text);
  const label = `${t("condition", { rule, name })}: ${say(column, text)}`;
  return (
    <Popover
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      open={open}
      onOpenChange={setOpen}
      content={<Picker column={column} text={text} onChange={onChange} onClose={close} label={label} />}
    >
      <button
        ref={button}
        type="button"
        className={`cell${readCell(text).kind === "any" ? " cell-any" : ""}${wrong ? " cell-wrong" : ""}`}
        aria-label={label}
        aria-expanded={open}
        aria-invalid={wrong || undefined}
      >
        {shown}
      </button>
    </Popover>
  );
}

interface PickerProps {
  column: DecisionColumn;
  text: string;
  label: string;
  onChange: (text: string) => void;
  onClose: () => void;
}

type Kind = Cell["kind"] | Sign;

function kindsOf(column: DecisionColumn): Kind[] {
  const kinds: Kind[] = ["any"];
  if (column.kind === "text") kinds.push("in", "notIn");
  if (column.kind === "number") kinds.push(">=", ">", "<=", "<", "between");
  if (column.optional) kinds.push("given", "absent");
  return [...kinds, "feel"];
}

const KIND_WORDS = {
  any: "any",
  given: "given",
  absent: "absent",
  in: "isIn",
  notIn: "isNotIn",
  ">=": "atLeast",
  ">": "above",
  "<=": "atMost",
  "<": "below",
  between: "between",
  feel: "inFeel",
  compare: "atLeast",
} as const satisfies Record<Kind, keyof typeof words>;

/** What another way to compare starts from, keeping what was already said. */
function turned(cell: Cell, kind: Kind, column: DecisionColumn): Cell {
  const number =
    cell.kind === "compare" ? cell.value : cell.kind === "between" ? cell.low : (column.low ?? 0);
  const values = cell.kind === "in" || cell.kind === "notIn" ? cell.values : [];
  switch (kind) {
    case "in":
    case "notIn":
      return { kind, values };
    case "between":
      return {
        kind,
        low: number,
        high: Math.max(number, column.high ?? number + 1),
        lowOpen: false,
        highOpen: false,
      };
    case "feel":
      return { kind, text: writeCell(cell) };
    case "any":
    case "given":
    case "absent":
      return { kind };
    case "compare":
      return { kind, sign: ">=", value: number };
    default:
      return { kind: "compare", sign: kind, value: number };
  }
}

function Picker({ column, text, label, onChange, onClose }: PickerProps) {
  const t = useWords(words);
  const id = useId();
  const [cell, setCell] = useState<Cell>(() => readCell(text));
  const change = (next: Cell) => {
    setCell(next);
    onChange(writeCell(next));
  };
  const kind: Kind = cell.kind === "compare" ? cell.sign : cell.kind;
  return (
    <fieldset
      className="picker"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <label htmlFor={`${id}-kind`} className="muted">
        {t("kindOf")}
      </label>
      <Select
        id={`${id}-kind`}
        autoFocus
        value={kind}
        options={kindsOf(column).map((one) => ({ value: one, label: t(KIND_WORDS[one]) }))}
        onChange={(next) => change(turned(cell, next, column))}
      />
      <Values column={column} cell={cell} id={id} onChange={change} />
      <Button size="small" onClick={onClose}>
        {t("done")}
      </Button>
    </fieldset>
  );
}

function Values({
  column,
  cell,
  id,
  onChange,
}: {
  column: DecisionColumn;
  cell: Cell;
  id: string;
  onChange: (cell: Cell) => void;
}) {
  const t = useWords(words);
  const either = useEither();
  if (cell.kind === "in" || cell.kind === "notIn") {
    return (
      <Select
        mode={column.named.length ? "multiple" : "tags"}
        aria-label={t("values")}
        placeholder={t("values")}
        optionFilterProp="label"
        value={cell.values}
        options={column.named.map((one) => ({ value: one.value, label: either(one.zh, one.en) }))}
        onChange={(values: string[]) => onChange({ kind: cell.kind, values })}
      />
    );
  }
  const field = (label: string, value: number, put: (value: number) => void) => (
    <InputNumber
      aria-label={label}
      prefix={label}
      value={value}
      min={column.low ?? undefined}
      max={column.high ?? undefined}
      step={column.whole ? 1 : column.high === 1 ? 0.05 : 1}
      precision={column.whole ? 0 : undefined}
      onChange={(next) => {
        if (next !== null) put(next);
      }}
    />
  );
  if (cell.kind === "compare")
    return field(t("number1"), cell.value, (value) => onChange({ ...cell, value }));
  if (cell.kind === "between") {
    return (
      <>
        {field(t("low"), cell.low, (low) => onChange({ ...cell, low }))}
        {field(t("high"), cell.high, (high) => onChange({ ...cell, high }))}
        <Checkbox checked={!cell.lowOpen} onChange={(e) => onChange({ ...cell, lowOpen: !e.target.checked })}>
          {t("withLow")}
        </Checkbox>
        <Checkbox
          checked={!cell.highOpen}
          onChange={(e) => onChange({ ...cell, highOpen: !e.target.checked })}
        >
          {t("withHigh")}
        </Checkbox>
      </>
    );
  }
  if (cell.kind === "feel") {
    return (
      <>
        <Input
          id={`${id}-feel`}
          aria-label={t("feelText")}
          className="mono"
          value={cell.text}
          onChange={(event) => onChange({ kind: "feel", text: event.target.value })}
        />
        <span className="muted picker-help">{t("feelHelp")}</span>
      </>
    );
  }
  return null;
}
