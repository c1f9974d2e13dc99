import { SearchOutlined } from "@ant-design/icons";
import type { UseQueryResult } from "@tanstack/react-query";
import { Button, Input, type InputRef, Pagination, Segmented } from "antd";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { day, number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { EmptyState, Loaded } from "@/app/states";
import type { CaseRow, Page } from "@/app/types";
import { type CaseFilter, PAGE_SIZE } from "./queries";
import { words } from "./words";

interface CaseQueueProps {
  filter: CaseFilter;
  list: UseQueryResult<Page<CaseRow>>;
  openAt: number;
  onChange: (part: Partial<CaseFilter>) => void;
  onOpen: (row: CaseRow) => void;
  onSimilar: (text: string) => void;
}
const TYPING_PAUSE_MS = 200;

export function CaseQueue({ filter, list, openAt, onChange, onOpen, onSimilar }: CaseQueueProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  const box = useRef<InputRef>(null);
  const openRow = useRef<HTMLLIElement>(null);
  const [typed, setTyped] = useState(filter.q);
  const change = useRef(onChange);
  change.current = onChange;
  const opened = useRef(onOpen);
  opened.current = onOpen;
  const openOne = useCallback((row: CaseRow) => opened.current(row), []);
  useKeys({ "/": () => box.current?.focus({ cursor: "all" }) });
  useEffect(() => setTyped(filter.q), [filter.q]);
  useEffect(() => {
    if (typed.trim() === filter.q) return;
    const pause = setTimeout(() => change.current({ q: typed.trim() }), TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, filter.q]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ref points at another row when openAt moves
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which React would take for a clean-up.
    openRow.current?.scrollIntoView({ block: "nearest" });
  }, [openAt]);

  const empty = filter.q
    ? t("none")
    : filter.state === "review"
      ? t("queueEmpty")
      : filter.state === "suspect"
        ? t("suspectEmpty")
        : t("none");
  return (
    <section className="panel" aria-labelledby="queue-title">
      <div className="panel-head">
        <h2 id="queue-title">{t("queue")}</h2>
        <span className="muted num" aria-live="polite">
          {list.data && t("total", { n: number(list.data.total, language) })}
        </span>
      </div>
      <div className="list-controls list-controls-cases">
        <Segmented
          aria-label={t("stateFilter")}
          block
          value={filter.state}
          onChange={(state) => onChange({ state })}
          options={(["review", "suspect", "auto", "decided"] as const).map((state) => ({
            value: state,
            label: t(state),
          }))}
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
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
          onPressEnter={(event) => event.currentTarget.blur()}
        />
        {typed.trim().length > 1 && (
          <Button type="link" className="similar-link" onClick={() => onSimilar(typed.trim())}>
            {t("similarSearch")}
          </Button>
        )}
      </div>
      <Loaded of={list} rows={12}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState text={empty} />
          ) : (
            <div className={list.isPlaceholderData ? "stale" : undefined}>
              <ul className="item-list queue">
                {page.items.map((row, index) => (
                  <li key={`${row.id} ${row.facet}`} ref={index === openAt ? openRow : undefined}>
                    <QueueItem row={row} isOpen={index === openAt} onOpen={openOne} />
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
          )
        }
      </Loaded>
    </section>
  );
}

interface QueueItemProps {
  row: CaseRow;
  isOpen: boolean;
  onOpen: (row: CaseRow) => void;
}

/** Kept as it is while other rows change: a decision must not draw the whole queue anew. */
const QueueItem = memo(function QueueItem({ row, isOpen, onOpen }: QueueItemProps) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <button
      type="button"
      className={isOpen ? "item item-open" : "item"}
      aria-current={isOpen || undefined}
      onClick={() => onOpen(row)}
    >
      <span className="item-top">
        <span className="excerpt">{row.excerpt}</span>
      </span>
      <span className="item-line muted">
        <span>{row.enterprise_name}</span>
        <span className="num">{day(row.occurred_on)}</span>
        {row.suspect && (
          <span>
            {t("given")} {pick(row.suspect, "given")} <b className="num">{percent(row.suspect.p_given)}</b> →
          </span>
        )}
        <span>
          {row.suggestion ? (
            <>
              {pick(row.suggestion, "name") || row.suggestion.code}{" "}
              <b className="num">{percent(row.suggestion.probability)}</b>
            </>
          ) : (
            t("noSuggestion")
          )}
        </span>
      </span>
    </button>
  );
});
