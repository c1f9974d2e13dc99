import { Collapse } from "antd";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { RateProposalRow, RatesDesk } from "@/app/types";
import { DecideDialog } from "./DecideDialog";
import { PoolPanel } from "./PoolPanel";
import { ProposalDetail } from "./ProposalDetail";
import { ProposalList } from "./ProposalList";
import { type Decision, type ProposalFilter, useProposals, useRatesDesk, useRefused } from "./queries";
import { SimulateBar } from "./SimulateBar";
import { words } from "./words";
import "./rates.css";

/** The pool above, its proposals below: a list beside the proposal in hand. */
export default function RatesPage() {
  const t = useWords(words);
  const desk = useRatesDesk();
  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("title")}</h1>
        {desk.data?.synthetic && <SyntheticTag />}
        <span className="muted desk-lead">{t("lead")}</span>
      </div>
      <Loaded of={desk} rows={14}>
        {(found) => <Desk desk={found} />}
      </Loaded>
    </div>
  );
}

function Desk({ desk }: { desk: RatesDesk }) {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const run = desk.newest;
  const reading = phone && id !== undefined; // on a phone the proposal in hand stands alone
  return (
    <div className="stack">
      {!reading && <SimulateBar desk={desk} />}
      {!reading && run?.simulation && <PoolPanel run={run} pool={run.simulation} />}
      {!run && (
        <section className="panel">
          <EmptyState text={desk.years.length === 0 ? t("noData") : t("noRun", { n: desk.years.length })} />
        </section>
      )}
      {run && <Proposals runId={run.id} />}
      {!reading && desk.refused > 0 && <Refused count={desk.refused} />}
    </div>
  );
}

function Proposals({ runId }: { runId: number }) {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const [asked, setAsked] = useState<Decision | null>(null);
  const filter: ProposalFilter = useMemo(
    () => ({
      state: search.get("state") ?? "",
      move: search.get("move") ?? "",
      rate_class: search.get("rate_class") ?? "",
      q: search.get("q") ?? "",
      sort: search.get("sort") ?? "-change",
      page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
    }),
    [search],
  );
  const list = useProposals(runId, filter);
  const rows = list.data?.items ?? [];
  const at = rows.findIndex((row) => String(row.id) === id);
  const here = rows[at];
  const tail = search.toString() ? `?${search}` : "";
  const open = (row: RateProposalRow) => navigate(`/rates/${row.id}${tail}`);
  const step = (by: number) => {
    const next = rows[at < 0 ? 0 : at + by];
    if (next) open(next);
  };
  const change = (part: Partial<ProposalFilter>) =>
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
  const ask = (decision: Decision) => {
    if (here && (here.state === "proposed" || (here.state === "returned" && decision === "approve")))
      setAsked(decision);
  };
  useKeys({ j: () => step(1), k: () => step(-1), a: () => ask("approve"), r: () => ask("return") });
  return (
    <div className="split split-cases">
      {(!phone || id === undefined) && (
        <ProposalList filter={filter} list={list} openId={id} onChange={change} onOpen={open} />
      )}
      {id !== undefined ? (
        <ProposalDetail
          key={id}
          id={id}
          onAsk={setAsked}
          onBack={phone ? () => navigate(`/rates${tail}`) : undefined}
        />
      ) : (
        !phone && (
          <section className="panel">
            <EmptyState text={rows.length > 0 ? t("pickOne") : t("none")} />
          </section>
        )
      )}
      {asked && id !== undefined && (
        <DecideDialog
          id={id}
          decision={asked}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            if (filter.state === "proposed") step(1);
          }}
        />
      )}
    </div>
  );
}

function Refused({ count }: { count: number }) {
  const t = useWords(words);
  const pick = usePick();
  const [shown, setShown] = useState(false);
  const rows = useRefused(shown);
  return (
    <Collapse
      onChange={(open) => setShown(open.length > 0)}
      items={[
        {
          key: "refused",
          label: `${t("refused")} (${count})`,
          children: (
            <Loaded of={rows} rows={4}>
              {(page) => (
                <>
                  <p className="muted">{t("refusedWhy")}</p>
                  <div className="table-scroll">
                    <table className="rows">
                      <thead>
                        <tr>
                          <th className="right">{t("row")}</th>
                          <th>{t("field")}</th>
                          <th>{t("value")}</th>
                          <th>{t("reason")}</th>
                        </tr>
                      </thead>
                      <tbody>
                        {page.items.map((row) => (
                          <tr key={row.id}>
                            <td className="right num">{row.row}</td>
                            <td>{row.field}</td>
                            <td>{row.value || t("empty")}</td>
                            <td className="rates-reason">{pick(row, "reason")}</td>
                          </tr>
                        ))}
                      </tbody>
                    </table>
                  </div>
                </>
              )}
            </Loaded>
          ),
        },
      ]}
    />
  );
}
