import { App } from "antd";
import { useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, useErrorText } from "@/app/states";
import type { RecordPair } from "@/app/types";
import { PairDesk } from "./PairDesk";
import { PairQueue } from "./PairQueue";
import { type PairFilter, useDecidePair, usePairCounts, usePairs } from "./queries";
import { words } from "./words";
import "./linkage.css";

/** Pairs that a person should look at beside the pair in hand; on a phone one after the other. */
export default function LinkagePage() {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const navigate = useNavigate();
  const { language } = useLanguage();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [search, setSearch] = useSearchParams();
  const filter: PairFilter = useMemo(
    () => ({
      kind: search.get("kind") ?? "employers",
      state: search.get("state") ?? "desk",
      q: search.get("q") ?? "",
      page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
    }),
    [search],
  );
  const list = usePairs(filter);
  const counts = usePairCounts(filter.kind);
  const rows = list.data?.items ?? [];
  const at = rows.findIndex((row) => String(row.id) === id);
  const tail = search.toString() ? `?${search}` : "";

  const open = (row: RecordPair) => navigate(`/linkage/${row.id}${tail}`);
  const leave = () => navigate(`/linkage${tail}`);
  const step = (by: number) => {
    const next = rows[at < 0 ? 0 : at + by];
    if (next) open(next);
  };
  const goOn = () => {
    const next = rows[at + 1] ?? rows[at - 1];
    if (at >= 0 && next) open(next);
    else leave();
  };
  const decide = useDecidePair(
    (kept) => {
      message.success(t("kept", { what: t(kept.state === "same" ? "one" : "two") }));
      if (filter.state === "desk") goOn();
    },
    (error) => message.error(errorText(error)),
  );
  const say = (same: boolean, note = "") => {
    if (id !== undefined && !decide.isPending) decide.mutate({ id, same, note });
  };
  useKeys({ j: () => step(1), k: () => step(-1), s: () => step(1), y: () => say(true), n: () => say(false) });

  const change = (part: Partial<PairFilter>) =>
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
  const nothing = counts.data !== undefined && counts.data.records === 0;

  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("title")}</h1>
        {counts.data?.synthetic && <SyntheticTag />}
        <span className="muted desk-lead">{t("lead")}</span>
        {counts.data && !nothing && (
          <span className="num muted" role="status">
            {t("waiting", {
              n: number(counts.data.desk, language),
              clusters: number(counts.data.clusters, language),
              records: number(counts.data.records, language),
            })}
          </span>
        )}
      </div>
      <div className="split split-cases">
        {(!phone || id === undefined) && (
          <PairQueue
            filter={filter}
            list={list}
            openAt={at}
            nothing={nothing}
            onChange={change}
            onOpen={open}
          />
        )}
        {id !== undefined && (
          <PairDesk
            key={id}
            id={id}
            busy={decide.isPending}
            onSay={say}
            onStep={step}
            onBack={phone ? leave : undefined}
          />
        )}
        {id === undefined && !phone && (
          <section className="panel">
            <EmptyState
              text={nothing ? t("nothingLinked") : rows.length > 0 ? t("pickOne") : t("queueEmpty")}
            />
          </section>
        )}
      </div>
    </div>
  );
}
