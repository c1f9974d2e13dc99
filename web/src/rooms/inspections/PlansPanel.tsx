import { Button, Pagination, Segmented, Select } from "antd";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { useMay, useMe } from "@/rooms/accounts/session";
import { useEnterprises } from "@/rooms/profiles/queries";
import { useLength } from "./marks";
import { PAGE_SIZE, type PlanFilter, useMakePlan, usePlans } from "./queries";
import type { PlanRow } from "./types";
import { words } from "./words";

const STATES = ["", "open", "done", "dropped"] as const;
const LENGTHS = [45, 60, 90, 120, 180, 240, 360, 480];

/** Make a plan, and all that were made. */
export function PlansPanel() {
  const t = useWords(words);
  const mayPlan = useMay("inspections.plan");
  const [search, setSearch] = useSearchParams();
  const filter: PlanFilter = {
    state: search.get("state") ?? "",
    page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
  };
  const plans = usePlans(filter);
  const change = (part: Partial<PlanFilter>) => {
    const after = new URLSearchParams(search);
    if (!("page" in part)) after.delete("page");
    for (const [key, value] of Object.entries(part)) {
      if (value && value !== 1) after.set(key, String(value));
      else after.delete(key);
    }
    setSearch(after, { replace: true });
  };
  return (
    <div className="stack">
      {mayPlan && <MakePlan />}
      <section className="panel" aria-label={t("tab_plans")}>
        <div className="panel-head">
          <h2>{t("tab_plans")}</h2>
          {plans.data && <span className="num muted">{t("total", { n: plans.data.total })}</span>}
          <div className="panel-tools">
            <Segmented
              aria-label={t("planState")}
              value={filter.state}
              onChange={(state) => change({ state })}
              options={STATES.map((value) => ({ value, label: t(`state_${value}`) }))}
            />
          </div>
        </div>
        <Loaded of={plans} rows={8}>
          {(page) =>
            page.items.length === 0 ? (
              <EmptyState text={t("noPlans")}>
                <p className="muted">{mayPlan ? t("noPlansLead") : t("noPlansRead")}</p>
              </EmptyState>
            ) : (
              <>
                <ul className="plan-list">
                  {page.items.map((row) => (
                    <PlanLine key={row.id} row={row} />
                  ))}
                </ul>
                {page.total > PAGE_SIZE && (
                  <Pagination
                    simple
                    className="pager"
                    current={filter.page}
                    pageSize={PAGE_SIZE}
                    total={page.total}
                    onChange={(to) => change({ page: to })}
                  />
                )}
              </>
            )
          }
        </Loaded>
      </section>
    </div>
  );
}

function PlanLine({ row }: { row: PlanRow }) {
  const t = useWords(words);
  const length = useLength();
  return (
    <li>
      <Link to={`/inspections/plans/${row.id}`} className="plan-line">
        <span className="plan-line-top">
          <strong>{row.enterprise_name}</strong>
          <span className={`plan-state plan-${row.state}`}>{t(`state_${row.state}`)}</span>
        </span>
        <span className="plan-line-facts num">
          <span>{t("planOf", { day: row.day, n: row.number })}</span>
          <span>{t(`side_${row.side}`)}</span>
          <span>{length(row.minutes)}</span>
          <span>{t("progressOf", { done: row.answered, all: row.items })}</span>
          {row.findings > 0 && <b>{t("findings", { n: row.findings })}</b>}
        </span>
      </Link>
    </li>
  );
}

/** Whoever sees one enterprise plans for that one; others find theirs by name. */
function MakePlan() {
  const t = useWords(words);
  const length = useLength();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const { organisation } = useMe();
  const seesRegion = useMay("region.read");
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<number | null>(null);
  const [minutes, setMinutes] = useState(120);
  const list = useEnterprises({ q: q.trim(), industry: "", colour: "", sort: "rank", page: 1 });
  const make = useMakePlan();
  const own = seesRegion ? null : list.data?.items[0]?.id;
  const enterpriseId = Number(own ?? chosen) || null;
  return (
    <form
      className="panel make-plan"
      aria-label={t("newPlan")}
      onSubmit={(event) => {
        event.preventDefault();
        if (!enterpriseId) return;
        make.mutate(
          { enterpriseId, minutes, anew: false },
          { onSuccess: (plan) => navigate(`/inspections/plans/${plan.id}`) },
        );
      }}
    >
      <h2>{t("newPlan")}</h2>
      {seesRegion ? (
        <Select
          showSearch={{ filterOption: false, onSearch: setQ }}
          className="make-plan-enterprise"
          value={chosen}
          placeholder={t("enterpriseHint")}
          aria-label={t("enterprise")}
          onChange={setChosen}
          options={(list.data?.items ?? []).map((row) => ({ value: Number(row.id), label: row.name }))}
        />
      ) : (
        <span>{list.data?.items[0]?.name ?? organisation.name}</span>
      )}
      <Select
        value={minutes}
        aria-label={t("time")}
        popupMatchSelectWidth={false}
        onChange={setMinutes}
        options={LENGTHS.map((value) => ({ value, label: length(value) }))}
      />
      <Button type="primary" htmlType="submit" disabled={!enterpriseId} loading={make.isPending}>
        {t("make")}
      </Button>
      {make.error && (
        <p role="alert" className="form-error">
          {errorText(make.error)}
        </p>
      )}
    </form>
  );
}
