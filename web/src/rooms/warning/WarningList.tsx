import { SearchOutlined } from "@ant-design/icons";
import { Button, Input, type InputRef, Pagination, Segmented, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { number } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { RiskShape, TIERS, TierMark } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { WarningPage, WarningRow } from "@/app/types";
import { words as shared } from "@/app/words";
import { MuteList } from "./MuteList";
import { isEnded, PAGE_SIZE, STATES, useWarnings, type WarningFilter } from "./queries";
import { Countdown, DueMark, StateMark } from "./StateMark";
import { words } from "./words";

interface WarningListProps {
  filter: WarningFilter;
  openId: string | undefined;
  onChange: (part: Partial<WarningFilter>) => void;
  onOpen: (row: WarningRow) => void;
}

export function WarningList({ filter, openId, onChange, onOpen }: WarningListProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const list = useWarnings(filter);
  const isFiltered = Boolean(filter.tier || filter.state !== "open" || filter.q);
  const rows = list.data?.items ?? [];
  const move = (step: number) => {
    const at = rows.findIndex((row) => String(row.id) === openId);
    const next = rows[at < 0 ? 0 : at + step];
    if (next) onOpen(next);
  };
  useKeys({ j: () => move(1), k: () => move(-1) });
  const show = (page: WarningPage) => {
    if (page.items.length === 0) {
      return (
        <EmptyState text={isFiltered ? t("none") : t("noneEver")}>
          {isFiltered && (
            <Button onClick={() => onChange({ tier: "", state: "open", q: "" })}>{s("clear")}</Button>
          )}
        </EmptyState>
      );
    }
    return (
      <div className={list.isPlaceholderData ? "stale" : undefined}>
        <ul className="item-list">
          {page.items.map((row) => (
            <li key={row.id}>
              <WarningItem row={row} isOpen={String(row.id) === openId} onOpen={() => onOpen(row)} />
            </li>
          ))}
        </ul>
        {page.total > PAGE_SIZE && (
          <Pagination
            className="pager"
            align="end"
            size="small"
            simple
            current={filter.page}
            pageSize={PAGE_SIZE}
            total={page.total}
            showSizeChanger={false}
            onChange={(to) => onChange({ page: to })}
          />
        )}
      </div>
    );
  };
  return (
    <section className="panel" aria-labelledby="warning-list-title">
      <div className="panel-head">
        <h2 id="warning-list-title">{t("list")}</h2>
        <span className="muted num" aria-live="polite">
          {list.data && t("total", { n: number(list.data.total, language) })}
        </span>
      </div>
      <MuteList />
      <Filters filter={filter} counts={list.data?.counts} onChange={onChange} />
      <Loaded of={list} rows={10}>
        {show}
      </Loaded>
      <KeyHints />
    </section>
  );
}

const HINTS: [keys: string, word: keyof typeof words][] = [
  ["j k", "keyMove"],
  ["a", "acknowledge"],
  ["h", "hand_on"],
  ["z", "snooze"],
  ["m", "mute"],
  ["r", "resolve"],
];

function KeyHints() {
  const t = useWords(words);
  return (
    <ul className="key-hints warning-keys" aria-label={t("keyHints")}>
      {HINTS.map(([keys, word]) => (
        <li key={keys}>
          {keys.split(" ").map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}{" "}
          {t(word)}
        </li>
      ))}
    </ul>
  );
}

function WarningItem({ row, isOpen, onOpen }: { row: WarningRow; isOpen: boolean; onOpen: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const either = useEither();
  return (
    <button
      type="button"
      className={isOpen ? "item item-open" : "item"}
      aria-current={isOpen || undefined}
      onClick={onOpen}
    >
      <span className="item-top">
        <TierMark tier={row.tier} />
        <strong>{pick(row, "title")}</strong>
      </span>
      <span className="item-line">
        <span title={s(`${row.colour}Full`)}>
          <RiskShape colour={row.colour} /> {row.enterprise_name}
        </span>
      </span>
      <span className="item-line muted">
        <StateMark state={row.state} />
        {!isEnded(row.state) && <DueMark due={row.due_on} overdue={row.overdue} />}
        <Countdown row={row} />
        {row.assignee && (
          <span>
            {t("assignee")} {either(row.assignee, row.assignee_en ?? "")}
          </span>
        )}
      </span>
    </button>
  );
}

const TYPING_PAUSE_MS = 200;

interface FiltersProps {
  filter: WarningFilter;
  counts: WarningPage["counts"] | undefined;
  onChange: (part: Partial<WarningFilter>) => void;
}

function Filters({ filter, counts, onChange }: FiltersProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const box = useRef<InputRef>(null);
  const [typed, setTyped] = useState(filter.q);
  const change = useRef(onChange);
  change.current = onChange;
  useKeys({ "/": () => box.current?.focus({ cursor: "all" }) });
  useEffect(() => setTyped(filter.q), [filter.q]);
  useEffect(() => {
    if (typed.trim() === filter.q) return;
    const pause = setTimeout(() => change.current({ q: typed.trim() }), TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, filter.q]);
  const withCount = (word: string, count: number | undefined) =>
    count === undefined ? word : `${word} ${count}`;
  return (
    <div className="list-controls list-controls-warning">
      <Segmented
        aria-label={t("tier")}
        value={filter.tier}
        onChange={(tier) => onChange({ tier })}
        options={[
          { value: "", label: s("all") },
          ...TIERS.map((tier) => ({ value: tier, label: withCount(s(tier), counts?.tier[tier]) })),
        ]}
      />
      <Select
        aria-label={t("state")}
        popupMatchSelectWidth={false}
        value={filter.state}
        onChange={(state: string) => onChange({ state })}
        options={[
          { value: "open", label: t("open") },
          ...STATES.map((state) => ({ value: state, label: withCount(t(state), counts?.state[state]) })),
          { value: "", label: s("all") },
        ]}
      />
      <Input
        ref={box}
        value={typed}
        allowClear
        prefix={<SearchOutlined aria-hidden />}
        placeholder={t("searchHint")}
        aria-label={t("searchLabel")}
        aria-keyshortcuts="/"
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}
