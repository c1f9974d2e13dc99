import { Select } from "antd";
import { useMemo, useState } from "react";
import { Chart } from "@/app/Chart";
import { useEither, useWords } from "@/app/i18n";
import type { AssessmentResult } from "@/app/types";
import { gapOption, historyOption } from "./gapOption";
import { words } from "./words";

interface ResultsProps {
  results: AssessmentResult[];
  smallest: number;
}

/** One closed round with its gaps, and the overall scores over the rounds. */
export function AssessmentResults({ results, smallest }: ResultsProps) {
  const t = useWords(words);
  const [id, setId] = useState(results[0]?.id);
  const shown = results.find((one) => one.id === id) ?? results[0];
  if (!shown) return null;
  return (
    <div className="stack">
      {results.length > 1 && (
        <Select
          className="round-choice"
          aria-label={t("results")}
          value={shown.id}
          onChange={setId}
          options={results.map((one) => ({ value: one.id, label: t("resultOf", { day: one.closed_on }) }))}
        />
      )}
      <OneRound result={shown} smallest={smallest} />
      {results.length > 1 && <History results={results} />}
    </div>
  );
}

function useSides() {
  const t = useWords(words);
  const score = (value: number | null) => (value === null ? t("hidden") : String(value));
  const gap = (value: number | null) =>
    value === null ? t("hidden") : value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0";
  return { score, gap };
}

function OneRound({ result, smallest }: { result: AssessmentResult; smallest: number }) {
  const t = useWords(words);
  const either = useEither();
  const { score, gap } = useSides();
  const rows = useMemo(
    () =>
      result.areas.map((area) => ({
        name: either(area.zh, area.en),
        worker: area.worker,
        manager: area.manager,
      })),
    [result.areas, either],
  );
  const option = useMemo(() => gapOption(rows, { worker: t("workers"), manager: t("managers") }), [rows, t]);
  const text = rows
    .map((row) =>
      t("chartItem", { area: row.name, workers: score(row.worker), managers: score(row.manager) }),
    )
    .join("; ");
  return (
    <>
      <p className="muted">
        {t("resultOf", { day: result.closed_on })} ·{" "}
        {result.workers === null
          ? t("withheld", { n: smallest })
          : t("counted", { workers: result.workers, managers: result.managers })}
      </p>
      <SideKey />
      <Chart option={option} height={rows.length * 44 + 40} label={t("chartGap", { text })} />
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("area")}</th>
              <th className="right">{t("workers")}</th>
              <th className="right">{t("managers")}</th>
              <th className="right">{t("gap")}</th>
            </tr>
          </thead>
          <tbody>
            {result.areas.map((area) => (
              <tr key={area.key}>
                <th scope="row">{either(area.zh, area.en)}</th>
                <td className="right num">{score(area.worker)}</td>
                <td className="right num">{score(area.manager)}</td>
                <td className="right num">{gap(area.gap)}</td>
              </tr>
            ))}
            <tr className="strong">
              <th scope="row">{t("overall")}</th>
              <td className="right num">{score(result.worker)}</td>
              <td className="right num">{score(result.manager)}</td>
              <td className="right num">
                {gap(
                  result.worker === null || result.manager === null ? null : result.manager - result.worker,
                )}
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      <Questions result={result} />
    </>
  );
}

/** What the two marks stand for, in shape and word. */
function SideKey() {
  const t = useWords(words);
  return (
    <ul className="side-key" aria-hidden="true">
      <li>
        <span className="side-worker" />
        {t("workers")}
      </li>
      <li>
        <span className="side-manager" />
        {t("managers")}
      </li>
    </ul>
  );
}

function Questions({ result }: { result: AssessmentResult }) {
  const t = useWords(words);
  const either = useEither();
  const { score, gap } = useSides();
  return (
    <details>
      <summary>{t("questions")}</summary>
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("questions")}</th>
              <th className="right">{t("workers")}</th>
              <th className="right">{t("managers")}</th>
              <th className="right">{t("gap")}</th>
            </tr>
          </thead>
          <tbody>
            {result.areas.flatMap((area) =>
              area.questions.map((question) => (
                <tr key={question.key}>
                  <td className="question-cell">
                    {either(question.worker_zh, question.worker_en)}
                    <small className="muted">{either(question.manager_zh, question.manager_en)}</small>
                  </td>
                  <td className="right num">{score(question.worker)}</td>
                  <td className="right num">{score(question.manager)}</td>
                  <td className="right num">{gap(question.gap)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function History({ results }: { results: AssessmentResult[] }) {
  const t = useWords(words);
  const { score } = useSides();
  const rounds = useMemo(
    () =>
      [...results]
        .reverse()
        .map((one) => ({ name: one.closed_on, worker: one.worker, manager: one.manager })),
    [results],
  );
  const option = useMemo(
    () => historyOption(rounds, { worker: t("workers"), manager: t("managers") }),
    [rounds, t],
  );
  const text = rounds
    .map((row) =>
      t("chartItem", { area: row.name, workers: score(row.worker), managers: score(row.manager) }),
    )
    .join("; ");
  return (
    <>
      <h3>{t("history")}</h3>
      <Chart option={option} height={200} label={t("chartHistory", { text })} />
    </>
  );
}
