import { App, Button, Input, Pagination, Segmented } from "antd";
import { useState } from "react";
import { moment, percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { GraphCandidate } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { PAGE_SIZE, useCandidates, useDecideCandidate } from "./queries";
import { type Word, words } from "./words";

interface CandidatesProps {
  state: string;
  page: number;
  onChange: (part: { state?: string; page?: number }) => void;
  onOpen: (id: string) => void;
}

/** Candidate facts: what data bind, for an expert's yes or no with a reason. */
export function Candidates({ state, page, onChange, onOpen }: CandidatesProps) {
  const t = useWords(words);
  const list = useCandidates(state, page);
  return (
    <section className="panel" aria-label={t("candidates")}>
      <p className="muted">{t("candidateLead")}</p>
      <div className="candidate-bar">
        <Segmented
          aria-label={t("state")}
          value={state}
          onChange={(next) => onChange({ state: next })}
          options={(["waiting", "accepted", "refused"] as const).map((value) => ({ value, label: t(value) }))}
        />
        <span className="muted num" aria-live="polite">
          {list.data && t("total", { n: list.data.total })}
        </span>
      </div>
      <Loaded of={list} rows={10}>
        {(found) =>
          found.items.length === 0 ? (
            <EmptyState text={t("candidateNone")} />
          ) : (
            <>
              <ul className="candidate-list">
                {found.items.map((one) => (
                  <li key={one.id}>
                    <CandidateRow one={one} onOpen={onOpen} />
                  </li>
                ))}
              </ul>
              {found.total > PAGE_SIZE && (
                <Pagination
                  className="pager"
                  align="end"
                  size="small"
                  current={page}
                  pageSize={PAGE_SIZE}
                  total={found.total}
                  showSizeChanger={false}
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

function CandidateRow({ one, onOpen }: { one: GraphCandidate; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const end = (node: GraphCandidate["source"]) => (
    <button type="button" className="node-link" onClick={() => onOpen(node.id)}>
      {pick(node, "label")}
    </button>
  );
  return (
    <article className="candidate">
      <h3>
        {end(one.source)} <span className="muted">{t(`rel_${one.relation}` as Word)}</span> {end(one.target)}
      </h3>
      <p className="num">
        {t("counted", {
          shown: one.shown,
          units: one.units,
          lift: one.lift.toFixed(1),
          low: one.lift_low.toFixed(1),
        })}
        <span className="muted">
          {" · "}
          {t("lower", { p: percent(one.confidence) })} · {t(`basis_${one.basis}`)}
        </span>
      </p>
      <details>
        <summary>{t("sources")}</summary>
        {one.provenance.map((key) => (
          <code key={key}>{key}</code>
        ))}
      </details>
      {one.words.map((word) => (
        <p key={word.ledger_index} className="muted">
          <span className="num">{moment(word.at)}</span>{" "}
          {t("said", {
            by: either(word.by, word.by_en),
            what: t(word.accepted ? "yes" : "no"),
            reason: word.reason,
          })}{" "}
          <LedgerMark index={word.ledger_index} />
        </p>
      ))}
      <Answer one={one} />
    </article>
  );
}

function Answer({ one }: { one: GraphCandidate }) {
  const t = useWords(words);
  const may = useMay("graph.decide");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [reason, setReason] = useState("");
  const decide = useDecideCandidate(
    (kept) => {
      setReason("");
      message.success(t("kept", { what: t(kept.state) }));
    },
    (error) => message.error(errorText(error)),
  );
  if (!may) return null;
  const lacks = reason.trim().length < 2;
  const say = (accepted: boolean) => decide.mutate({ id: one.id, accepted, reason: reason.trim() });
  return (
    <div className="candidate-answer">
      <Input
        value={reason}
        maxLength={2000}
        placeholder={t("reasonHint")}
        aria-label={t("reason")}
        onChange={(event) => setReason(event.target.value)}
      />
      <Button type="primary" disabled={lacks} loading={decide.isPending} onClick={() => say(true)}>
        {t("yes")}
      </Button>
      <Button danger disabled={lacks} loading={decide.isPending} onClick={() => say(false)}>
        {t("no")}
      </Button>
    </div>
  );
}
