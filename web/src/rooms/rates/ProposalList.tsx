import { Input, Pagination, Select } from "antd";
import { number, change as signed } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { Page, RateProposalRow } from "@/app/types";
import { PAGE_SIZE, type ProposalFilter } from "./queries";
import { words } from "./words";

interface ListProps {
  filter: ProposalFilter;
  list: { data: Page<RateProposalRow> | undefined; error: unknown; refetch: () => unknown };
  openId: string | undefined;
  onChange: (part: Partial<ProposalFilter>) => void;
  onOpen: (row: RateProposalRow) => void;
}

const STATES = ["", "proposed", "approved", "returned", "unrated"] as const;
const MOVES = ["", "up", "down", "same"] as const;

/** Proposals of the newest simulation, filtered, with the change of each. */
export function ProposalList({ filter, list, openId, onChange, onOpen }: ListProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  const classes = Array.from({ length: 8 }, (_, n) => `${n + 1}`);
  return (
    <section className="panel" aria-label={t("proposals")}>
      <div className="panel-head">
        <h2>{t("proposals")}</h2>
        {list.data && (
          <span className="num muted">{t("total", { n: number(list.data.total, language) })}</span>
        )}
      </div>
      <div className="rates-filters">
        <Input.Search
          allowClear
          defaultValue={filter.q}
          placeholder={t("searchHint")}
          aria-label={t("searchHint")}
          onSearch={(q) => onChange({ q })}
        />
        <Select
          value={filter.state}
          aria-label={t("stateAll")}
          onChange={(state) => onChange({ state })}
          options={STATES.map((state) => ({ value: state, label: t(state ? `state${state}` : "stateAll") }))}
        />
        <Select
          value={filter.move}
          aria-label={t("moveAll")}
          onChange={(move) => onChange({ move })}
          options={MOVES.map((move) => ({ value: move, label: t(move ? `move${move}` : "moveAll") }))}
        />
        <Select
          value={filter.rate_class}
          aria-label={t("class")}
          onChange={(rate_class) => onChange({ rate_class })}
          options={[
            { value: "", label: t("classAll") },
            ...classes.map((n) => ({ value: n, label: t("classN", { n }) })),
          ]}
        />
        <Select
          value={filter.sort}
          aria-label={t("sort")}
          onChange={(sort) => onChange({ sort })}
          options={[
            { value: "-change", label: t("sortRise") },
            { value: "change", label: t("sortFall") },
            { value: "-premium_proposed", label: t("sortPremium") },
            { value: "-experience", label: t("sortExperience") },
          ]}
        />
      </div>
      <Loaded of={list} rows={10}>
        {(page) =>
          page.items.length === 0 ? (
            <p className="muted">{t("none")}</p>
          ) : (
            <>
              <ul className="rates-list">
                {page.items.map((row) => (
                  <li key={row.id}>
                    <button
                      type="button"
                      className="rates-item"
                      aria-current={String(row.id) === openId}
                      onClick={() => onOpen(row)}
                    >
                      <span className="rates-item-top">
                        <strong>{row.name}</strong>
                        <span className={`rates-state rates-${row.state}`}>{t(`state${row.state}`)}</span>
                      </span>
                      <span className="rates-item-line">
                        {row.state === "unrated" ? (
                          <span className="muted">{language === "zh" ? row.problem_zh : row.problem_en}</span>
                        ) : (
                          <>
                            <span className="num">
                              {t("classN", { n: row.rate_class })} · {row.current_grade}% →{" "}
                              {row.proposed_grade}%
                            </span>
                            <span className="num">
                              {number(row.premium_proposed, language)} ({signed(row.change)})
                            </span>
                          </>
                        )}
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
              {page.total > PAGE_SIZE && (
                <Pagination
                  simple
                  className="pager"
                  current={filter.page}
                  pageSize={PAGE_SIZE}
                  total={page.total}
                  onChange={(to) => onChange({ page: to })}
                />
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}
