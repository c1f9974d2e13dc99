import { Button, Input, Segmented, Select } from "antd";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useEither, useWords } from "@/app/i18n";
import { words as shared } from "@/app/words";
import { useMay } from "@/rooms/accounts/session";
import { BoardView } from "./BoardView";
import { EnterDialog } from "./EnterDialog";
import { FiguresView } from "./FiguresView";
import { HazardDetailPage } from "./HazardDetailPage";
import { MapView } from "./MapView";
import { EMPTY, type HazardFilter, useKinds } from "./queries";
import { TableView } from "./TableView";
import { words } from "./words";
import "./hazards.css";

export const VIEWS = ["board", "table", "map", "figures"] as const;
export type View = (typeof VIEWS)[number];
const STATES = [
  "opened",
  "assigned",
  "in_progress",
  "fixed",
  "checked",
  "confirmed",
  "refused",
  "closed",
] as const;
const LEVELS = ["low", "medium", "high", "major"] as const;
const SOURCES = ["worker", "inspection", "deduction", "alert", "regulator"] as const;

/** The desk: board, table, map and figures under one filter; or one hazard. */
export default function HazardsPage() {
  const { id } = useParams();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const tail = search.toString() ? `?${search}` : "";
  if (id !== undefined)
    return <HazardDetailPage key={id} id={id} onBack={() => navigate(`/hazards${tail}`)} />;
  return <Desk />;
}

function Desk() {
  const t = useWords(words);
  const handles = useMay("hazards.handle");
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const [entering, setEntering] = useState(false);
  const found = search.get("view") as View | null;
  const view: View = found && VIEWS.includes(found) ? found : "board";
  const filter: HazardFilter = useMemo(() => {
    const read = Object.fromEntries(Object.keys(EMPTY).map((key) => [key, search.get(key) ?? ""]));
    const page = Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1);
    return { ...EMPTY, ...read, page };
  }, [search]);
  const change = (part: Partial<HazardFilter> & { view?: View }) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (!("page" in part)) after.delete("page");
        for (const [key, value] of Object.entries(part)) {
          if (value && value !== 1) after.set(key, String(value));
          else after.delete(key);
        }
        return after;
      },
      { replace: true },
    );
  const rest = search.toString() ? `?${search}` : "";
  const open = (number: number) => navigate(`/hazards/${number}${rest}`);
  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("title")}</h1>
        <span className="muted desk-lead">{t("lead")}</span>
        <Segmented
          className="hazard-views"
          aria-label={t("view")}
          value={view}
          onChange={(next) => change({ view: next as View })}
          options={VIEWS.map((one) => ({ value: one, label: t(one) }))}
        />
        {handles && <Button onClick={() => setEntering(true)}>{t("enter")}</Button>}
      </div>
      <Filters filter={filter} view={view} onChange={change} />
      {view === "board" && (
        <BoardView filter={filter} onOpen={open} onColumn={(state) => change({ state, view: "table" })} />
      )}
      {view === "table" && <TableView filter={filter} onOpen={open} onChange={change} />}
      {view === "map" && <MapView filter={filter} onOpen={open} onChange={change} />}
      {view === "figures" && <FiguresView filter={filter} />}
      {entering && <EnterDialog onClose={() => setEntering(false)} onDone={open} />}
    </div>
  );
}

interface FiltersProps {
  filter: HazardFilter;
  view: View;
  onChange: (part: Partial<HazardFilter>) => void;
}

function Filters({ filter, view, onChange }: FiltersProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const kinds = useKinds();
  const some = Object.entries(filter).some(([key, value]) => key !== "page" && value);
  const figures = view === "figures";
  return (
    <search className="hazard-filters">
      {!figures && (
        <Input.Search
          key={filter.q}
          className="hazard-search"
          allowClear
          defaultValue={filter.q}
          placeholder={t("searchHint")}
          aria-label={t("searchHint")}
          onSearch={(q) => onChange({ q: q.trim() })}
        />
      )}
      {view === "table" && (
        <Select
          aria-label={t("state")}
          value={filter.state || "open"}
          onChange={(state) => onChange({ state: state === "open" ? "" : state })}
          options={["open", ...STATES].map((one) => ({ value: one, label: t(one as "open") }))}
        />
      )}
      <Select
        aria-label={t("kind")}
        value={filter.kind}
        onChange={(kind) => onChange({ kind })}
        options={[
          { value: "", label: t("anyKind") },
          ...(kinds.data ?? []).map((kind) => ({ value: kind.key, label: either(kind.zh, kind.en) })),
        ]}
      />
      <Select
        aria-label={t("level")}
        value={filter.level}
        onChange={(level) => onChange({ level })}
        options={[
          { value: "", label: t("anyLevel") },
          ...LEVELS.map((one) => ({ value: one, label: t(one) })),
        ]}
      />
      {!figures && (
        <>
          <Select
            aria-label={t("source")}
            value={filter.found_by}
            onChange={(found_by) => onChange({ found_by })}
            options={[
              { value: "", label: t("anySource") },
              ...SOURCES.map((one) => ({ value: one, label: t(one) })),
            ]}
          />
          <Toggle on={filter.overdue} text={t("overdueOnly")} onChange={(overdue) => onChange({ overdue })} />
          <Toggle on={filter.mine} text={t("mineOnly")} onChange={(mine) => onChange({ mine })} />
          <Toggle on={filter.major} text={t("majorOnly")} onChange={(major) => onChange({ major })} />
        </>
      )}
      {some && <Button onClick={() => onChange(EMPTY)}>{s("clear")}</Button>}
    </search>
  );
}

function Toggle({ on, text, onChange }: { on: string; text: string; onChange: (value: string) => void }) {
  return (
    <Button
      type={on ? "primary" : "default"}
      ghost={Boolean(on)}
      aria-pressed={Boolean(on)}
      onClick={() => onChange(on ? "" : "true")}
    >
      {text}
    </Button>
  );
}
