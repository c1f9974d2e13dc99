import { SearchOutlined } from "@ant-design/icons";
import type { UseQueryResult } from "@tanstack/react-query";
import { Input, Pagination, Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { number, percent } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { Page, RecordPair } from "@/app/types";
import { PAGE_SIZE, type PairFilter } from "./queries";
import { words } from "./words";

interface PairQueueProps {
  filter: PairFilter;
  list: UseQueryResult<Page<RecordPair>>;
  openAt: number;
  nothing: boolean;
  onChange: (part: Partial<PairFilter>) => void;
  onOpen: (row: RecordPair) => void;
}
const TYPING_PAUSE_MS = 200;

export function PairQueue({ filter, list, openAt, nothing, onChange, onOpen }: PairQueueProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  const [typed, setTyped] = useState(filter.q);
  const change = useRef(onChange);
  change.current = onChange;
  const openRow = useRef<HTMLLIElement>(null);
  useEffect(() => setTyped(filter.q), [filter.q]);
  useEffect(() => {
    if (typed.trim() === filter.q) return;
    const pause = setTimeout(() => change.current({ q: typed.trim() }), TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, filter.q]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ref points at another row when openAt moves
  useEffect(() => {
    openRow.current?.scrollIntoView({ block: "nearest" });
  }, [openAt]);
  const empty = nothing
    ? t("nothingLinked")
    : filter.state === "desk" && !filter.q
      ? t("queueEmpty")
      : t("none");
  return (
    <section className="panel" aria-labelledby="pairs-title">
      <div className="panel-head">
        <h2 id="pairs-title">{t("queue")}</h2>
        <span className="muted num" aria-live="polite">
          {list.data && t("total", { n: number(list.data.total, language) })}
        </span>
      </div>
      <div className="list-controls list-controls-cases">
        <Segmented
          aria-label={t("kindFilter")}
          value={filter.kind}
          onChange={(kind) => onChange({ kind })}
          options={(["employers", "persons"] as const).map((value) => ({ value, label: t(value) }))}
        />
        <Segmented
          aria-label={t("stateFilter")}
          block
          value={filter.state}
          onChange={(state) => onChange({ state })}
          options={(["desk", "accepted", "same", "different"] as const).map((value) => ({
            value,
            label: t(value),
          }))}
        />
        <Input
          value={typed}
          allowClear
          prefix={<SearchOutlined aria-hidden />}
          placeholder={t("searchHint")}
          aria-label={t("searchLabel")}
          onChange={(event) => setTyped(event.target.value)}
          onPressEnter={(event) => event.currentTarget.blur()}
        />
      </div>
      <Loaded of={list} rows={12}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState text={empty} />
          ) : (
            <div className={list.isPlaceholderData ? "stale" : undefined}>
              <ul className="item-list queue">
                {page.items.map((row, index) => (
                  <li key={row.id} ref={index === openAt ? openRow : undefined}>
                    <button
                      type="button"
                      className={index === openAt ? "item item-open" : "item"}
                      aria-current={index === openAt || undefined}
                      onClick={() => onOpen(row)}
                    >
                      <span className="pair-names">
                        <span>{row.left_name || t("empty")}</span>
                        <span>{row.right_name || t("empty")}</span>
                      </span>
                      <span className="num muted pair-chance">{percent(row.probability)}</span>
                    </button>
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
