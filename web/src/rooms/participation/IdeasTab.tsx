import { LikeOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, Pagination, Select } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { day } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { EmptyState, Loaded } from "@/app/states";
import type { IdeaRow, IdeaState } from "@/app/types";
import { words as shared } from "@/app/words";
import { IdeaDetailPanel } from "./IdeaDetailPanel";
import { IdeaDialog } from "./IdeaDialog";
import { type IdeaFilter, PAGE_SIZE, useIdeas } from "./queries";
import { words } from "./words";

export const STATES: IdeaState[] = ["proposed", "trial", "result", "rolled_out", "declined"];

/** The name an idea goes by: its author's, the team's, or nobody's. */
export function useAuthor() {
  const t = useWords(words);
  const either = useEither();
  return (of: Pick<IdeaRow, "author" | "author_en" | "team">) =>
    of.author ? either(of.author, of.author_en) : of.team ? t("teamOf", { team: of.team }) : t("noName");
}

export function StateTag({ state, overdue = false }: { state: IdeaState; overdue?: boolean }) {
  const t = useWords(words);
  return <span className={`idea-state idea-${state}`}>{overdue ? t("trialOver") : t(`state_${state}`)}</span>;
}

function useFilter(): [IdeaFilter, (part: Partial<IdeaFilter> & { idea?: string }) => void, string | null] {
  const [search, setSearch] = useSearchParams();
  const filter: IdeaFilter = {
    state: STATES.find((one) => one === search.get("state")) ?? "",
    q: search.get("q") ?? "",
    mine: search.get("mine") === "1",
    page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
  };
  const change = (part: Partial<IdeaFilter> & { idea?: string }) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (!("page" in part) && !("idea" in part)) after.delete("page");
        for (const [key, value] of Object.entries(part)) {
          const text = value === true ? "1" : value ? String(value) : "";
          if (text && !(key === "page" && value === 1)) after.set(key, text);
          else after.delete(key);
        }
        return after;
      },
      { replace: !("idea" in part) },
    );
  return [filter, change, search.get("idea")];
}

export function IdeasTab({ smallestGroup }: { smallestGroup: number }) {
  const t = useWords(words);
  const phone = usePhone();
  const [filter, change, open] = useFilter();
  const [proposing, setProposing] = useState(false);
  const list = useIdeas(filter);
  const rows = list.data?.items ?? [];
  const at = rows.findIndex((row) => String(row.id) === open);
  const step = (by: number) => {
    const next = rows[at < 0 ? 0 : at + by];
    if (next) change({ idea: String(next.id) });
  };
  useKeys({ j: () => step(1), k: () => step(-1), n: () => setProposing(true) });
  return (
    <>
      <div className="split split-ideas">
        {(!phone || !open) && (
          <section className="panel" aria-label={t("tab_ideas")}>
            <Controls filter={filter} onChange={change} onPropose={() => setProposing(true)} />
            <Loaded of={list} rows={8}>
              {(found) =>
                found.items.length === 0 ? (
                  <EmptyState text={filter.state || filter.q || filter.mine ? t("noMatch") : t("noIdeas")} />
                ) : (
                  <>
                    <ul className={`item-list ${list.isPlaceholderData ? "stale" : ""}`}>
                      {found.items.map((row) => (
                        <IdeaItem
                          key={row.id}
                          row={row}
                          open={String(row.id) === open}
                          onOpen={() => change({ idea: String(row.id) })}
                        />
                      ))}
                    </ul>
                    {found.total > PAGE_SIZE && (
                      <Pagination
                        className="pager"
                        size="small"
                        current={filter.page}
                        pageSize={PAGE_SIZE}
                        total={found.total}
                        showSizeChanger={false}
                        onChange={(page) => change({ page })}
                      />
                    )}
                  </>
                )
              }
            </Loaded>
          </section>
        )}
        {open ? (
          <IdeaDetailPanel key={open} id={open} onBack={phone ? () => change({ idea: "" }) : undefined} />
        ) : (
          !phone && (
            <section className="panel">
              <EmptyState text={rows.length > 0 ? t("pickOne") : t("noIdeas")} />
            </section>
          )
        )}
      </div>
      {proposing && (
        <IdeaDialog
          smallestGroup={smallestGroup}
          onClose={() => setProposing(false)}
          onDone={(id) => {
            setProposing(false);
            change({ idea: String(id) });
          }}
        />
      )}
    </>
  );
}

interface ControlsProps {
  filter: IdeaFilter;
  onChange: (part: Partial<IdeaFilter>) => void;
  onPropose: () => void;
}

function Controls({ filter, onChange, onPropose }: ControlsProps) {
  const t = useWords(words);
  const s = useWords(shared);
  return (
    <div className="idea-controls">
      <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={onPropose}>
        {t("propose")}
      </Button>
      <Select
        aria-label={t("stateFilter")}
        value={filter.state}
        onChange={(state) => onChange({ state })}
        options={[
          { value: "" as const, label: s("all") },
          ...STATES.map((value) => ({ value, label: t(`state_${value}`) })),
        ]}
      />
      <Input.Search
        key={filter.q}
        defaultValue={filter.q}
        allowClear
        aria-label={t("searchIdeas")}
        placeholder={t("searchIdeas")}
        onSearch={(q) => onChange({ q: q.trim() })}
      />
      <Checkbox checked={filter.mine} onChange={(event) => onChange({ mine: event.target.checked })}>
        {t("onlyMine")}
      </Checkbox>
    </div>
  );
}

function IdeaItem({ row, open, onOpen }: { row: IdeaRow; open: boolean; onOpen: () => void }) {
  const t = useWords(words);
  const author = useAuthor();
  return (
    <li>
      <button
        type="button"
        className={`item ${open ? "item-open" : ""}`}
        aria-current={open ? "true" : undefined}
        onClick={onOpen}
      >
        <span className="item-top">
          <strong>{row.title}</strong>
          <StateTag state={row.state} overdue={row.overdue} />
        </span>
        <span className="item-line muted">
          <span>{row.mine ? t("byMe") : author(row)}</span>
          <span className="num">{day(row.at)}</span>
          <span className="num">
            <LikeOutlined aria-hidden /> {t("supports", { n: row.supports })}
          </span>
        </span>
      </button>
    </li>
  );
}
