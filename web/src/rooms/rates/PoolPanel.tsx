import { Segmented } from "antd";
import { useMemo, useState } from "react";
import { Chart } from "@/app/Chart";
import { moment, number, percent } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import type { PoolSimulation, RateRun } from "@/app/types";
import { decileOption, incomeOption, movesOption, ratio } from "./poolOptions";
import { words } from "./words";

/** The whole pool under the table: figures, charts, and who pays for whom. */
export function PoolPanel({ run, pool }: { run: RateRun; pool: PoolSimulation }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const income = useMemo(
    () => incomeOption(pool, [t("now"), t("plain"), t("proposed"), t("benefits")]),
    [pool, t],
  );
  const moves = useMemo(
    () =>
      movesOption(pool.moves, (steps) =>
        steps === 0 ? t("same") : t(steps > 0 ? "up" : "down", { n: Math.abs(steps) }),
      ),
    [pool, t],
  );
  return (
    <section className="panel" aria-label={t("pool")}>
      <div className="panel-head">
        <h2>
          {t("pool")} <span className="num">{t("forYear", { year: pool.year })}</span>
        </h2>
        <span className="muted">
          {pick(run.table, "name")} ·{" "}
          {t("by", { name: either(run.asked_by, run.asked_by_en), at: moment(run.asked_at) })}
        </span>
      </div>
      <PoolFacts pool={pool} />
      <div className="rates-charts">
        <figure>
          <figcaption>{t("chartIncome")}</figcaption>
          <Chart option={income} height={200} label={t("chartIncome")} />
        </figure>
        <figure>
          <figcaption>{t("chartMoves")}</figcaption>
          <Chart option={moves} height={200} label={t("chartMoves")} />
        </figure>
        <Backtest pool={pool} />
      </div>
      <Fairness pool={pool} />
    </section>
  );
}

function PoolFacts({ pool }: { pool: PoolSimulation }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const money = (yuan: number) => t("yuan", { n: number(yuan, language) });
  const facts: [string, string, string][] = [
    [
      t("factsIncome"),
      money(pool.income_proposed),
      t("factsIncomeWhy", {
        now: number(pool.income_now, language),
        plain: number(pool.income_plain, language),
      }),
    ],
    [
      t("factsFactor"),
      pool.factor.toFixed(4),
      pool.income_reached ? `${t("factsFactorWhy")} · ${t("factsReached")}` : t("factsMissed"),
    ],
    [
      t("factsRatio"),
      percent(ratio(pool.expected_benefits, pool.income_proposed)),
      t("factsRatioWhy", { n: number(pool.expected_benefits, language) }),
    ],
    [t("factsRated"), number(pool.rated, language), t("factsUnrated", { n: pool.unrated })],
    [
      t("factsSwing"),
      `+${pool.largest_rise_pct.toFixed(0)}% / −${pool.largest_fall_pct.toFixed(0)}%`,
      t("factsCapped", { n: pool.capped }),
    ],
  ];
  return (
    <dl className="facts">
      {facts.map(([label, value, why]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="num">{value}</dd>
          <dd className="fact-why">{why}</dd>
        </div>
      ))}
    </dl>
  );
}

function Backtest({ pool }: { pool: PoolSimulation }) {
  const t = useWords(words);
  const back = pool.backtest;
  const option = useMemo(
    () =>
      back &&
      decileOption(back.deciles, {
        now: t("now"),
        proposed: t("proposed"),
        tenth: (n) => t("tenth", { n }),
      }),
    [back, t],
  );
  if (!back || !option) return <p className="muted">{t("backtestNone")}</p>;
  const title = t("backtest", { year: back.year });
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <Chart option={option} height={200} label={title} />
      <p className="muted">
        {t("backtestWhy", {
          now: back.gini_now.toFixed(2),
          later: back.gini_proposed.toFixed(2),
          lift: back.lift.toFixed(1),
        })}
      </p>
    </figure>
  );
}

type Cut = "class" | "sector" | "size";

function Fairness({ pool }: { pool: PoolSimulation }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const [cut, setCut] = useState<Cut>("class");
  const rows = { class: pool.by_class, sector: pool.by_sector, size: pool.by_size }[cut];
  return (
    <>
      <div className="panel-head">
        <h3>{t("fairness")}</h3>
        <Segmented<Cut>
          value={cut}
          onChange={setCut}
          aria-label={t("group")}
          options={[
            { value: "class", label: t("byClass") },
            { value: "sector", label: t("bySector") },
            { value: "size", label: t("bySize") },
          ]}
        />
      </div>
      <div className="table-scroll">
        <table className="rows rates-bands">
          <thead>
            <tr>
              <th>{t("group")}</th>
              <th className="right">{t("enterprises")}</th>
              <th className="right">{t("premiumNow")}</th>
              <th className="right">{t("premiumProposed")}</th>
              <th className="right">{t("ratioNow")}</th>
              <th className="right">{t("ratioProposed")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <td>{pick(row, "name")}</td>
                <td className="right num">{number(row.enterprises, language)}</td>
                <td className="right num">{number(row.premium_now, language)}</td>
                <td className="right num">{number(row.premium_proposed, language)}</td>
                <td className="right num">{percent(ratio(row.expected_benefits, row.premium_now))}</td>
                <td className="right num">{percent(ratio(row.expected_benefits, row.premium_proposed))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
