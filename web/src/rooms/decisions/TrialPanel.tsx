import { Button, Progress, Segmented } from "antd";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { Chart } from "@/app/Chart";
import { day, moment, number } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { TierMark } from "@/app/marks";
import { EmptyState, useErrorText } from "@/app/states";
import type { TableTrial, Tier, TierTally, TrialExample, TrialResult } from "@/app/types";
import { words as shared } from "@/app/words";
import { underWay, useTry } from "./queries";
import { matrixOf, TIERS, total, trialOption } from "./trialOption";
import { words } from "./words";

interface TrialPanelProps {
  id: number;
  trial: TableTrial | null;
  draft: boolean;
  may: boolean;
  unsaved: boolean;
}

/** Ask for a trial, watch it, read what it found. */
export function TrialPanel({ id, trial, draft, may, unsaved }: TrialPanelProps) {
  const t = useWords(words);
  const either = useEither();
  const errorText = useErrorText();
  const ask = useTry(id);
  const running = underWay(trial);
  return (
    <div className="stack">
      <section className="panel">
        <div className="trial-bar">
          {draft && may && (
            <Button
              type="primary"
              loading={ask.isPending || running}
              disabled={unsaved}
              onClick={() => ask.mutate()}
            >
              {t("tryIt")}
            </Button>
          )}
          {trial && (
            <span className="muted">
              {t("askedBy", { name: either(trial.asked_by, trial.asked_by_en), at: moment(trial.asked_at) })}
            </span>
          )}
          {unsaved && <span className="form-error">{t("trialSaveFirst")}</span>}
        </div>
        {running && trial && <Running trial={trial} />}
        {trial?.state === "failed" && <Failed trial={trial} />}
        {ask.error && (
          <p role="alert" className="form-error">
            {errorText(ask.error)}
          </p>
        )}
        {!trial && <EmptyState text={t("trialNone")} />}
        {trial?.state === "done" && draft && !trial.exact && <p className="form-error">{t("trialStale")}</p>}
        {trial?.result && <Summary trial={trial} result={trial.result} />}
      </section>
      {trial?.result && (
        <>
          <Examples result={trial.result} />
          <ByEnterprise result={trial.result} />
        </>
      )}
    </div>
  );
}

function Running({ trial }: { trial: TableTrial }) {
  const t = useWords(words);
  const share = trial.total > 0 ? trial.done / trial.total : 0;
  return (
    <div className="trial-progress" role="status">
      <span>
        {trial.state === "queued"
          ? t("trialQueued")
          : t("trialRunning", { done: trial.done, total: trial.total })}
      </span>
      <Progress percent={Math.round(share * 100)} size="small" aria-label={t("trial")} />
    </div>
  );
}

function Failed({ trial }: { trial: TableTrial }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <p role="alert" className="form-error">
      <strong>{t("trialFailed")}</strong> {pick(trial, "problem")}
    </p>
  );
}

function Summary({ trial, result }: { trial: TableTrial; result: TrialResult }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const [before, after] = [total(result.before), total(result.after)];
  const option = useMemo(
    () =>
      trialOption(result, {
        now: t("now"),
        next: t("new"),
        tiers: { high: s("high"), medium: s("medium"), low: s("low") },
      }),
    [result, t, s],
  );
  return (
    <>
      <p className="trial-headline">
        {t(before === after ? "wouldSame" : "wouldRaise", {
          a: number(before, language),
          b: number(after, language),
        })}
      </p>
      <p className="muted">
        {t("window", {
          from: day(trial.since),
          to: day(trial.until),
          n: number(result.enterprises, language),
          p: number(result.subjects.point ?? 0, language),
          f: number(result.subjects.profile ?? 0, language),
        })}
      </p>
      {result.below > 0 && <p className="form-error">{t("belowRegion", { n: result.below })}</p>}
      <div className="trial-charts">
        <figure>
          <figcaption>{t("byTier")}</figcaption>
          <Chart option={option} height={110} label={`${t("chart")}: ${tallied(result, t, s)}`} />
        </figure>
        <Matrix result={result} />
      </div>
      <p className="muted">
        {t("stood", { h: result.stood.high, m: result.stood.medium, l: result.stood.low })}
        {result.left_out > 0 && ` ${t("leftOut", { n: result.left_out })}`}
        {result.reference > 0 && ` ${t("askedReference", { n: number(result.reference, language) })}`}
      </p>
    </>
  );
}

function tallied(
  result: TrialResult,
  t: (key: "now" | "new") => string,
  s: (key: "high" | "medium" | "low") => string,
): string {
  const one = (tally: TierTally) => TIERS.map((tier) => `${s(tier)} ${tally[tier]}`).join(", ");
  return `${t("now")} ${one(result.before)}; ${t("new")} ${one(result.after)}`;
}

function Matrix({ result }: { result: TrialResult }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const names = [s("high"), s("medium"), s("low"), t("none")];
  return (
    <div className="table-scroll">
      <table className="rows matrix">
        <caption>{t("matrix")}</caption>
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col" className="right">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrixOf(result).map((row, at) => (
            <tr key={names[at]}>
              <th scope="row">{names[at]}</th>
              {row.map((count, column) => (
                <td
                  key={names[column]}
                  className={`right num${at === column ? " muted" : count > 0 ? " strong" : ""}`}
                >
                  {number(count, language)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MOVES = ["dropped", "lowered", "raised", "new"] as const;
type Move = (typeof MOVES)[number];
const MOVE_WORDS = { dropped: "dropped", lowered: "lowered", raised: "raisedTab", new: "newTab" } as const;

function Examples({ result }: { result: TrialResult }) {
  const t = useWords(words);
  const first = MOVES.find((move) => (result.moved[move]?.all ?? 0) > 0) ?? "dropped";
  const [move, setMove] = useState<Move>(first);
  const counts = result.moved[move];
  const shown = result.examples[move] ?? [];
  return (
    <section className="panel" aria-label={t("examples")}>
      <div className="panel-head">
        <h2>{t("examples")}</h2>
        <span className="panel-tools">
          <Segmented
            value={move}
            options={MOVES.map((one) => ({
              value: one,
              label: `${t(MOVE_WORDS[one])} ${result.moved[one]?.all ?? 0}`,
            }))}
            onChange={setMove}
          />
        </span>
      </div>
      {!counts?.all ? (
        <p className="muted">{t("movedNone")}</p>
      ) : (
        <>
          <p>
            {t("became", { n: counts.all, c: counts.confirmed, f: counts.not_found, i: counts.injured })}{" "}
            {counts.all > shown.length && <span className="muted">{t("shownOf", { n: shown.length })}</span>}
          </p>
          <ul className="example-list">
            {shown.map((one) => (
              <Example key={`${one.kind} ${one.id}`} one={one} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

const STATUS_WORDS = {
  open: "openStatus",
  confirmed: "confirmed",
  not_found: "not_found",
  not_applicable: "not_applicable",
} as const;

function Example({ one }: { one: TrialExample }) {
  const t = useWords(words);
  const pick = usePick();
  const to = `/enterprises/${one.enterprise_id}${one.kind === "point" ? `?point=${one.id}` : ""}`;
  const status = STATUS_WORDS[one.status as keyof typeof STATUS_WORDS];
  const newest = one.injuries.at(-1);
  const deaths = one.injuries.reduce((sum, injury) => sum + injury.deaths, 0);
  return (
    <li className="example">
      <div className="example-top">
        <TierOrNone tier={one.before} /> <span aria-hidden="true">→</span> <TierOrNone tier={one.after} />
        <Link to={to}>{pick(one, "title")}</Link>
        <span className="muted">{one.enterprise}</span>
      </div>
      <div className="example-why">
        {one.before_zh && (
          <span>
            {t("now")}: {pick(one, "before")}
          </span>
        )}
        {one.after_zh && (
          <span>
            {t("new")}: {pick(one, "after")}
          </span>
        )}
      </div>
      <div className="example-became">
        {status && <span className={`status-${one.status}`}>{t(status)}</span>}
        {one.injured > 0 && newest && (
          <strong>
            {t(one.kind === "point" ? "hurt" : "hurtAny", { n: one.injured, on: day(newest.on) })}
            {deaths > 0 && ` · ${t("deaths", { n: deaths })}`}
          </strong>
        )}
      </div>
    </li>
  );
}

function TierOrNone({ tier }: { tier: string }) {
  const t = useWords(words);
  return tier === "none" ? <span className="muted">{t("none")}</span> : <TierMark tier={tier as Tier} />;
}

function ByEnterprise({ result }: { result: TrialResult }) {
  const t = useWords(words);
  const s = useWords(shared);
  const counts = (tally: TierTally) =>
    TIERS.filter((tier) => tally[tier] > 0)
      .map((tier) => `${s(tier)} ${tally[tier]}`)
      .join(" · ") || t("none");
  return (
    <section className="panel" aria-label={t("byEnterprise")}>
      <div className="panel-head">
        <h2>{t("byEnterprise")}</h2>
        {result.enterprises_changed > result.by_enterprise.length && (
          <span className="muted">{t("byEnterpriseOf", { n: result.enterprises_changed })}</span>
        )}
      </div>
      {result.by_enterprise.length === 0 ? (
        <p className="muted">{t("enterprisesNone")}</p>
      ) : (
        <div className="table-scroll">
          <table className="rows">
            <thead>
              <tr>
                <th>{t("enterprise")}</th>
                <th>{t("now")}</th>
                <th>{t("new")}</th>
              </tr>
            </thead>
            <tbody>
              {result.by_enterprise.map((one) => (
                <tr key={one.id}>
                  <td>
                    <Link to={`/enterprises/${one.id}`}>{one.name}</Link>
                  </td>
                  <td className="num">{counts(one.before)}</td>
                  <td className="num">{counts(one.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
