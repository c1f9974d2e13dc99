import { Pagination } from "antd";
import { useState } from "react";
import { day } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { EmptyState, Loaded } from "@/app/states";
import type { HazardRow } from "@/app/types";
import { DueLine, LateMark, LevelMark, StateTag, useKindName } from "./marks";
import { type HazardFilter, PAGE_SIZE, useHazards } from "./queries";
import { words } from "./words";

interface TableProps {
  filter: HazardFilter;
  onOpen: (id: number) => void;
  onChange: (part: Partial<HazardFilter>) => void;
}

/** The list; j and k move, Enter opens. */
export function TableView({ filter, onOpen, onChange }: TableProps) {
  const t = useWords(words);
  const list = useHazards(filter);
  const [at, setAt] = useState(-1);
  const rows = list.data?.items ?? [];
  const step = (by: number) => setAt((now) => Math.min(rows.length - 1, Math.max(0, now + by)));
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => {
      const row = rows[at];
      if (row) onOpen(row.id);
    },
  });
  return (
    <section className="panel" aria-label={t("table")}>
      <Loaded of={list} rows={12}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState text={t("none")} />
          ) : (
            <>
              <div className="table-scroll">
                <table className="rows hazard-rows">
                  <thead>
                    <tr>
                      <th>{t("hazard")}</th>
                      <th>{t("level")}</th>
                      <th>{t("state")}</th>
                      <th>{t("place")}</th>
                      <th>{t("owner")}</th>
                      <th>{t("openedAt")}</th>
                      <th>{t("due")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map((row, index) => (
                      <Row key={row.id} row={row} here={index === at} onOpen={onOpen} />
                    ))}
                  </tbody>
                </table>
              </div>
              <div className="pager">
                <span className="muted num">
                  {page.more ? t("moreThan", { n: page.at_most }) : page.total}
                </span>
                <Pagination
                  simple
                  current={page.page}
                  pageSize={PAGE_SIZE}
                  total={page.total}
                  showSizeChanger={false}
                  onChange={(next) => onChange({ page: next })}
                />
              </div>
            </>
          )
        }
      </Loaded>
    </section>
  );
}

function Row({ row, here, onOpen }: { row: HazardRow; here: boolean; onOpen: (id: number) => void }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const kindName = useKindName();
  const area = either(row.area_zh, row.area_en);
  return (
    <tr className={here ? "hazard-here" : undefined} aria-selected={here}>
      <td>
        <button type="button" className="link-button" onClick={() => onOpen(row.id)}>
          {pick(row, "title")}
        </button>
        <div className="muted">
          <span className="num">{row.id}</span> · {kindName(row.kind)} · {t(row.found_by as "worker")}
        </div>
      </td>
      <td>
        <LevelMark level={row.level} />
      </td>
      <td>
        <StateTag state={row.state} />
        <LateMark row={row} />
      </td>
      <td>
        {row.enterprise_name}
        {area && <div className="muted">{area}</div>}
      </td>
      <td>
        {row.owner ? either(row.owner.name, row.owner.name_en) : <span className="muted">{t("nobody")}</span>}
      </td>
      <td className="num nowrap">{day(row.opened_at)}</td>
      <td>
        <DueLine row={row} />
      </td>
    </tr>
  );
}
