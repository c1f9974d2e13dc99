import { useCallback, useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { EmptyState } from "@/app/states";
import type { CaseRow } from "@/app/types";
import { CaseDesk } from "./CaseDesk";
import { CaseQueue } from "./CaseQueue";
import { type CaseFilter, useCases } from "./queries";
import { words } from "./words";

/** The review queue beside the case in hand; on a phone one after the other. */
export default function CasePage() {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const facet = search.get("facet");
  const filter: CaseFilter = useMemo(
    () => ({
      state: search.get("state") ?? "review",
      q: search.get("q") ?? "",
      page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
    }),
    [search],
  );
  const list = useCases(filter);
  const rows = list.data?.items ?? [];
  const at = rows.findIndex((row) => String(row.id) === id && (facet === null || row.facet === facet));

  const open = useCallback(
    (row: CaseRow) => {
      const after = new URLSearchParams(search);
      after.set("facet", row.facet);
      navigate(`/cases/${encodeURIComponent(row.id)}?${after}`);
    },
    [navigate, search],
  );
  const step = (by: number) => {
    const next = rows[at < 0 ? 0 : at + by];
    if (next) open(next);
  };
  const leave = () => navigate(`/cases${search.toString() ? `?${search}` : ""}`);
  // What comes after a decision: the following row, else the one before, else the emptied queue.
  const goOn = () => {
    const next = rows[at + 1] ?? rows[at - 1];
    if (at >= 0 && next) open(next);
    else leave();
  };
  useKeys({ j: () => step(1), k: () => step(-1) });

  const change = (part: Partial<CaseFilter>) =>
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

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      <div className="split split-cases">
        {(!phone || id === undefined) && (
          <CaseQueue filter={filter} list={list} openAt={at} onChange={change} onOpen={open} />
        )}
        {id !== undefined && (
          <CaseDesk
            key={`${id}/${facet}`}
            id={id}
            facet={facet}
            onDecided={filter.state === "review" ? goOn : undefined}
            onStep={step}
            onBack={phone ? leave : undefined}
          />
        )}
        {id === undefined && !phone && (
          <section className="panel">
            <EmptyState text={rows.length > 0 ? t("pickOne") : t("queueEmpty")} />
          </section>
        )}
      </div>
    </div>
  );
}
