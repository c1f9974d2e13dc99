import { App, Button, Progress } from "antd";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { EmptyState, useErrorText } from "@/app/states";
import type { CaseRow } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { BulkDrawer } from "./BulkDrawer";
import { CaseDesk } from "./CaseDesk";
import { CaseQueue } from "./CaseQueue";
import { KeyHelp } from "./KeyHints";
import { type CaseFilter, useCases, useFetchAhead, useProgress, useUndo } from "./queries";
import { SimilarDrawer } from "./SimilarCases";
import { words } from "./words";

const AHEAD = 3;
const WORKED_OFF = ["review", "suspect"];

/** The review queue beside the case in hand; on a phone one after the other. */
export default function CasePage() {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const may = useMay("cases.decide");
  const [search, setSearch] = useSearchParams();
  const [help, setHelp] = useState(false);
  const [alike, setAlike] = useState("");
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

  const ahead = useFetchAhead();
  const following = rows
    .slice(at + 1, at + 1 + AHEAD)
    .map((row) => row.id)
    .join(" ");
  useEffect(() => {
    for (const next of following.split(" ")) if (next) ahead(next);
  }, [ahead, following]);

  const goTo = useCallback(
    (caseId: string | number, of: string) => {
      const after = new URLSearchParams(search);
      after.set("facet", of);
      navigate(`/cases/${encodeURIComponent(caseId)}?${after}`);
    },
    [navigate, search],
  );
  const open = (row: CaseRow) => goTo(row.id, row.facet);
  const step = (by: number) => {
    const next = rows[at < 0 ? 0 : at + by];
    if (next) open(next);
  };
  const leave = () => navigate(`/cases${search.toString() ? `?${search}` : ""}`);
  // What comes after a decision: the following row, else the one before, else the emptied queue. A case that was just
  // taken back may not stand in the list yet; from there the first row follows.
  const goOn = () => {
    const next = at >= 0 ? (rows[at + 1] ?? rows[at - 1]) : rows.find((row) => String(row.id) !== id);
    if (next) open(next);
    else leave();
  };
  const undo = useUndo(
    (undone) => {
      message.success(t("undone", { id: undone.case_id }));
      goTo(undone.case_id, undone.facet.facet);
    },
    (error) => message.error(errorText(error)),
  );
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    s: () => step(1),
    u: () => may && !undo.isPending && undo.mutate(),
    "?": () => setHelp(true),
  });

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
      <DeskHead may={may} />
      <div className="split split-cases">
        {(!phone || id === undefined) && (
          <CaseQueue
            filter={filter}
            list={list}
            openAt={at}
            onChange={change}
            onOpen={open}
            onSimilar={setAlike}
          />
        )}
        {id !== undefined && (
          <CaseDesk
            id={id}
            facet={facet}
            onDecided={WORKED_OFF.includes(filter.state) ? goOn : undefined}
            onStep={step}
            onBack={phone ? leave : undefined}
            onUndo={may ? () => undo.mutate() : undefined}
          />
        )}
        {id === undefined && !phone && (
          <section className="panel">
            <EmptyState text={rows.length > 0 ? t("pickOne") : t("queueEmpty")} />
          </section>
        )}
      </div>
      <KeyHelp open={help} onClose={() => setHelp(false)} />
      <SimilarDrawer text={alike} onClose={() => setAlike("")} />
    </div>
  );
}

/** Title, how far one is, and the ways to the desk's other tables. */
function DeskHead({ may }: { may: boolean }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const progress = useProgress();
  const [bulk, setBulk] = useState(false);
  const done = progress.data?.mine_today ?? 0;
  const waiting = progress.data?.waiting ?? 0;
  return (
    <div className="page-head desk-head">
      <h1>{t("title")}</h1>
      <span className="muted desk-lead">{t("lead")}</span>
      {may && progress.data && (
        <span className="desk-progress">
          <Progress
            percent={done + waiting ? (100 * done) / (done + waiting) : 100}
            showInfo={false}
            size="small"
            aria-hidden
          />
          <span className="num muted" role="status">
            {t("progress", { x: number(done, language), y: number(waiting, language) })}
          </span>
        </span>
      )}
      <span className="desk-links">
        {may && (
          <Button size="small" onClick={() => setBulk(true)}>
            {t("bulk")}
          </Button>
        )}
        <Link to="/cases/campaigns">{t("campaigns")}</Link>
        <Link to="/models">{t("modelDesk")}</Link>
      </span>
      {may && <BulkDrawer open={bulk} facets={progress.data?.facets ?? []} onClose={() => setBulk(false)} />}
    </div>
  );
}
