import { Tag } from "antd";
import { moment, number } from "@/app/format";
import { useEither, useLanguage, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { words as shared } from "@/app/words";
import { useTerm } from "./parts";
import { type Retention, useRetention } from "./queries";
import { words } from "./words";

/** How long what is kept, by which text, and what each night let go. */
export function RetentionTab() {
  const t = useWords(words);
  const retention = useRetention();
  return (
    <Loaded of={retention} rows={10}>
      {(data) => (
        <>
          <section className="panel" aria-label={t("tabRetention")}>
            <Rules rules={data.rules} />
          </section>
          <section className="panel" aria-labelledby="runs-title">
            <h2 id="runs-title">{t("runs")}</h2>
            <Runs runs={data.runs} rules={data.rules} />
          </section>
        </>
      )}
    </Loaded>
  );
}

function Rules({ rules }: { rules: Retention["rules"] }) {
  const t = useWords(words);
  const either = useEither();
  const term = useTerm();
  const { language } = useLanguage();
  const span = (days: number | null) =>
    days === null
      ? t("noPeriod")
      : days >= 365
        ? t("years", { n: number(Math.round(days / 365.25), language) })
        : t("days", { n: number(days, language) });
  return (
    <ul className="line-rows rule-rows">
      {rules.map((one) => (
        <li key={one.record}>
          <strong>{either(one.zh, one.en)}</strong>
          <span className="num">{span(one.keep_days)}</span>
          <span>
            <Tag color={one.then === "goes" ? "green" : undefined}>{term("then", one.then)}</Tag>
            {one.held && <Tag color="red">{t("held")}</Tag>}
          </span>
          <span className="muted">{either(one.law_zh, one.law_en)}</span>
        </li>
      ))}
    </ul>
  );
}

function Runs({ runs, rules }: { runs: Retention["runs"]; rules: Retention["rules"] }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  if (runs.length === 0) return <EmptyState text={t("noRuns")} />;
  const name = (record: string) => {
    const rule = rules.find((one) => one.record === record);
    return rule ? either(rule.zh, rule.en) : record === "export" ? t("exports") : record;
  };
  return (
    <ul className="line-rows">
      {runs.map((run) => (
        <li key={run.ledger_index}>
          <span className="num">{moment(run.at)}</span>
          <span className="grow">
            {Object.entries(run.counts)
              .map(([record, n]) => `${name(record)} ${n}`)
              .join(" · ") || "0"}
          </span>
          <span className="muted num">{s("ledgerIndex", { n: run.ledger_index })}</span>
        </li>
      ))}
    </ul>
  );
}
