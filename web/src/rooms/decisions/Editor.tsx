import { App, Button, Checkbox, Input } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { TableVersion, TableVersionDetail } from "@/app/types";
import { Findings } from "./Findings";
import { type Edit, edited, type Grid, gridOf, sent } from "./grid";
import { useCheck, useSave } from "./queries";
import { RuleGrid } from "./RuleGrid";
import { words } from "./words";

const PAUSE_MS = 400; // the checks are asked when a person pauses
const MOST_UNDO = 100;

interface EditorProps {
  row: TableVersion;
  detail: TableVersionDetail;
  onUnsaved: (unsaved: boolean) => void;
}

/** The draft as a grid; what is wrong shows beside it while one writes. */
export function Editor({ row, detail, onUnsaved }: EditorProps) {
  const t = useWords(words);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const saved = useMemo(
    () => ({ grid: gridOf(detail.document), note: row.note, sha256: row.sha256 }),
    [row.sha256, row.note, detail.document],
  );
  const [base, setBase] = useState(saved);
  const [grid, setGrid] = useState<Grid>(saved.grid);
  const [note, setNote] = useState(row.note);
  const [past, setPast] = useState<Grid[]>([]);
  const [showFeel, setShowFeel] = useState(false);
  const save = useSave(row.id);
  const body = useMemo(() => sent(grid), [grid]);
  const unsaved = note !== base.note || JSON.stringify(body) !== JSON.stringify(sent(base.grid));
  // What another person saved is taken over, unless something here would be lost by it.
  if (saved.sha256 !== base.sha256 && !unsaved && !save.isPending) {
    setBase(saved);
    setGrid(saved.grid);
    setNote(saved.note);
  }
  const paused = usePaused(body);
  const check = useCheck(row.id, paused);
  const findings = check.data?.findings ?? detail.findings;
  useLeaving(unsaved);
  useEffect(() => onUnsaved(unsaved), [unsaved, onUnsaved]);

  const change = (edit: Edit) => {
    setPast((before) => [...before.slice(1 - MOST_UNDO), grid]);
    setGrid(edited(grid, edit));
  };
  const undo = () => {
    const last = past.at(-1);
    if (!last) return;
    setGrid(last);
    setPast(past.slice(0, -1));
  };
  const keep = () =>
    save.mutate(
      { sha256: base.sha256, note, document: body },
      {
        onSuccess: (now) => {
          setBase({ grid, note, sha256: now.sha256 });
          message.success(t("savedNow"));
        },
      },
    );
  return (
    <div className="stack">
      <section className="panel editor-bar" aria-label={t("save")}>
        <Input
          className="editor-version"
          aria-label={t("givenVersion")}
          prefix={<span className="muted">{t("givenVersion")}</span>}
          maxLength={40}
          value={grid.version}
          onChange={(event) => change({ kind: "version", text: event.target.value })}
        />
        <Input
          className="editor-note"
          aria-label={t("noteColumn")}
          placeholder={t("notePlaceholder")}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Checkbox checked={showFeel} onChange={(event) => setShowFeel(event.target.checked)}>
          {t("showFeel")}
        </Checkbox>
        <Button disabled={past.length === 0} onClick={undo}>
          {t("undo")}
        </Button>
        <Button
          disabled={!unsaved}
          onClick={() => {
            setPast((before) => [...before, grid]);
            setGrid(base.grid);
            setNote(base.note);
          }}
        >
          {t("discard")}
        </Button>
        <Button type="primary" disabled={!unsaved} loading={save.isPending} onClick={keep}>
          {t("save")}
        </Button>
        {unsaved && <span className="muted">{t("unsaved")}</span>}
        {save.error && (
          <p role="alert" className="form-error editor-error">
            {errorText(save.error)}
          </p>
        )}
        {check.error && (
          <p role="alert" className="form-error editor-error">
            {errorText(check.error)}
          </p>
        )}
      </section>
      <Findings findings={findings} stale={check.isFetching || paused !== body} />
      {grid.tables.map((table) => {
        const head = detail.document.tables.find((one) => one.key === table.key);
        return (
          head && (
            <RuleGrid
              key={table.key}
              table={head}
              grid={table}
              findings={findings.filter((one) => one.table === table.key && one.gravity !== "note")}
              showFeel={showFeel}
              onEdit={change}
            />
          )
        );
      })}
    </div>
  );
}

/** `value`, once it has not changed for a moment. */
function usePaused<Value>(value: Value): Value {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return paused;
}

/** The browser asks before a tab with unsaved changes is closed. */
function useLeaving(unsaved: boolean) {
  const latest = useRef(unsaved);
  latest.current = unsaved;
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (latest.current) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
}
