import { Pagination, Segmented } from "antd";
import { Link, useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { PAGE_SIZE, useOrders } from "./queries";
import type { OrderRow } from "./types";
import { words } from "./words";

const STATES = ["", "open", "overdue", "closed", "withdrawn"] as const;

/** Orders of the authority, with how far their hazards are. */
export function OrdersPanel() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const state = STATES.find((one) => one === search.get("order")) ?? "";
  const page = Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1);
  const orders = useOrders({ state, page });
  const go = (part: Record<string, string>) =>
    setSearch({ tab: "orders", ...(state && { order: state }), ...part }, { replace: true });
  return (
    <section className="panel" aria-label={t("tab_orders")}>
      <div className="panel-head">
        <h2>{t("tab_orders")}</h2>
        <div className="panel-tools">
          <Segmented
            aria-label={t("orderState")}
            value={state}
            onChange={(value) =>
              setSearch({ tab: "orders", ...(value && { order: value }) }, { replace: true })
            }
            options={STATES.map((value) => {
              const n = value ? orders.data?.counts[value] : undefined;
              return { value, label: n === undefined ? t(`order_${value}`) : `${t(`order_${value}`)} ${n}` };
            })}
          />
        </div>
      </div>
      <Loaded of={orders} rows={8}>
        {(found) =>
          found.items.length === 0 ? (
            <EmptyState text={t("noOrders")}>
              <p className="muted">{t("noOrdersLead")}</p>
            </EmptyState>
          ) : (
            <>
              <ul className="plan-list">
                {found.items.map((row) => (
                  <li key={row.id}>
                    <Link to={`/inspections/orders/${row.id}`} className="plan-line">
                      <span className="plan-line-top">
                        <strong>{row.enterprise_name}</strong>
                        <OrderMark row={row} />
                      </span>
                      <span className="plan-line-facts num">
                        <span>{t("orderTitle", { year: row.year, n: row.number })}</span>
                        <span>{t("closedOf", { n: row.closed_hazards, all: row.hazards })}</span>
                        <span>
                          {t("deadline")} {row.deadline}
                        </span>
                        <TimeLeft row={row} />
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
              {found.total > PAGE_SIZE && (
                <Pagination
                  simple
                  className="pager"
                  current={page}
                  pageSize={PAGE_SIZE}
                  total={found.total}
                  onChange={(to) => go({ page: String(to) })}
                />
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}

export function OrderMark({ row }: { row: OrderRow }) {
  const t = useWords(words);
  return <span className={`plan-state order-${row.standing}`}>{t(`order_${row.standing}`)}</span>;
}

/** Days to the deadline, as long as they matter. */
export function TimeLeft({ row }: { row: OrderRow }) {
  const t = useWords(words);
  if (row.standing !== "open" && row.standing !== "overdue") return null;
  if (row.days_left < 0) return <b className="over">{t("daysOver", { n: -row.days_left })}</b>;
  return <span>{row.days_left === 0 ? t("dueToday") : t("daysLeft", { n: row.days_left })}</span>;
}
