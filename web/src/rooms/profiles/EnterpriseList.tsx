import { Button, Pagination } from "antd";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { EnterpriseRow, Page } from "@/app/types";
import { words as shared } from "@/app/words";
import { EnterpriseCards } from "./EnterpriseCards";
import { EnterpriseTable } from "./EnterpriseTable";
import { ListControls } from "./ListControls";
import { PAGE_SIZE, useEnterprises } from "./queries";
import { useListFilter } from "./useListFilter";
import { words } from "./words";

function pathOf(row: EnterpriseRow): string {
  return `/enterprises/${encodeURIComponent(row.id)}`;
}

/** The region's enterprises, worst first; search, then Enter, opens one. */
export function EnterpriseList() {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const phone = usePhone();
  const navigate = useNavigate();
  const { filter, change } = useListFilter();
  const list = useEnterprises(filter);
  const [active, setActive] = useState(0);
  const [searching, setSearching] = useState(false);
  const [wanted, setWanted] = useState<string | null>(null);
  const rows = list.data?.items ?? [];
  const current = rows[Math.min(active, rows.length - 1)];
  const settled = !list.isPlaceholderData && !list.isPending;

  // Enter may come before the answer to what was typed: then the row opens when that answer is here.
  useEffect(() => {
    if (wanted === null || wanted !== filter.q || !settled) return;
    setWanted(null);
    if (current) navigate(pathOf(current));
  }, [wanted, filter.q, settled, current, navigate]);

  const isFiltered = Boolean(filter.q || filter.industry || filter.colour);
  const show = (page: Page<EnterpriseRow>) => {
    if (page.items.length === 0) {
      return (
        <EmptyState text={t("none")}>
          {isFiltered && (
            <Button onClick={() => change({ q: "", industry: "", colour: "" })}>{s("clear")}</Button>
          )}
        </EmptyState>
      );
    }
    const Rows = phone ? EnterpriseCards : EnterpriseTable;
    return (
      <div className={list.isPlaceholderData ? "stale" : undefined}>
        <Rows rows={page.items} activeId={searching ? current?.id : undefined} pathOf={pathOf} />
        {page.total > PAGE_SIZE && (
          <Pagination
            className="pager"
            align="end"
            size="small"
            simple={phone}
            current={filter.page}
            pageSize={PAGE_SIZE}
            total={page.total}
            showSizeChanger={false}
            onChange={(to) => {
              setActive(0);
              change({ page: to });
            }}
          />
        )}
      </div>
    );
  };

  return (
    <section className="panel" aria-labelledby="list-title">
      <div className="panel-head">
        <h2 id="list-title">{t("list")}</h2>
        <span className="muted num" aria-live="polite">
          {list.data && t("total", { n: number(list.data.total, language) })}
        </span>
      </div>
      <ListControls
        filter={filter}
        hint={filter.q && searching && current && settled ? t("opens", { name: current.name }) : ""}
        onChange={(part) => {
          setActive(0);
          change(part);
        }}
        onMove={(step) => setActive((at) => Math.max(0, Math.min(rows.length - 1, at + step)))}
        onOpen={setWanted}
        onSearching={setSearching}
      />
      <Loaded of={list} rows={12}>
        {show}
      </Loaded>
    </section>
  );
}
