import { Segmented, Select } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useMemo } from "react";
import { useSearchParams } from "react-router";
import { Chart } from "@/app/Chart";
import { number, percent } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useInspectionRates } from "./queries";
import { drawn, rateOption } from "./rateOption";
import type { Rate, Rates } from "./types";
import { words } from "./words";

type WordKey = keyof typeof words;
const SIDES = ["", "own", "regulator"] as const;
const PERIODS = ["30", "90", "365", "all"] as const;

/** How much of the plans was looked at, and how much of that found something. */
export function ResultsPanel() {
  const t = useWords(words);
  const seesRegion = useMay("region.read");
  const [search, setSearch] = useSearchParams();
  const side = SIDES.find((one) => one === search.get("side")) ?? "";
  const period = PERIODS.find((one) => one === search.get("period")) ?? "all";
  const since = period === "all" ? "" : dayjs().subtract(Number(period), "day").format("YYYY-MM-DD");
  const rates = useInspectionRates({ side, since });
  const change = (name: string, value: string) => {
    const after = new URLSearchParams(search);
    if (value) after.set(name, value);
    else after.delete(name);
    setSearch(after, { replace: true });
  };
  return (
    <div className="stack">
      <div className="results-controls">
        {seesRegion && (
          <Segmented
            aria-label={t("sideOf")}
            value={side}
            onChange={(value) => change("side", value)}
            options={SIDES.map((value) => ({ value, label: t(`side_${value}`) }))}
          />
        )}
        <Select
          aria-label={t("period")}
          value={period}
          onChange={(value) => change("period", value === "all" ? "" : value)}
          popupMatchSelectWidth={false}
          options={PERIODS.map((value) => ({ value, label: t(`period_${value}`) }))}
        />
      </div>
      <Loaded of={rates} rows={8}>
        {(found) =>
          found.plans === 0 ? (
            <section className="panel">
              <EmptyState text={t("noRates")} />
            </section>
          ) : (
            <Body rates={found} />
          )
        }
      </Loaded>
    </div>
  );
}

function Body({ rates }: { rates: Rates }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const name = useMemo(
    () => (rate: Rate) => {
      const key = `source_${rate.key}`;
      return key in words ? t(key as WordKey) : rate.key;
    },
    [t],
  );
  const bySource = useMemo(() => rateOption(rates.sources, false, name, t("few")), [rates, name, t]);
  const byMonth = useMemo(() => rateOption(rates.months, true, name, t("few")), [rates, name, t]);
  const whole = rates.sources.find((rate) => rate.key === "all");
  return (
    <>
      <dl className="result-figures">
        <Figure label={t("plansHead")} value={number(rates.plans, language)} />
        <Figure label={t("seen")} value={number(rates.enterprises_seen, language)}>
          {t("seenOf", { n: number(rates.enterprises, language) })}
        </Figure>
        {whole && (
          <>
            <Figure label={t("coverage")} value={percent(whole.coverage)}>
              {t("progressOf", { done: whole.answered, all: whole.planned })}
            </Figure>
            <Figure label={t("hitRate")} value={percent(whole.share)}>
              {t("hitOf", { found: whole.found, asked: whole.found + whole.ok })}
              {whole.share !== null && (
                <>
                  {" · "}
                  {t("interval", { low: percent(whole.low), high: percent(whole.high) })}
                </>
              )}
              {whole.expected !== null && ` · ${t("expected", { p: percent(whole.expected) })}`}
            </Figure>
          </>
        )}
      </dl>
      {drawn(rates.sources).length > 0 && (
        <section className="panel" aria-label={t("bySource")}>
          <h2>{t("bySource")}</h2>
          <Chart
            option={bySource}
            height={Math.max(120, drawn(rates.sources).length * 34 + 48)}
            label={t("bySource")}
          />
        </section>
      )}
      {drawn(rates.months).length > 1 && (
        <section className="panel" aria-label={t("byMonth")}>
          <h2>{t("byMonth")}</h2>
          <Chart option={byMonth} height={240} label={t("byMonth")} />
        </section>
      )}
      <section className="panel">
        <Table rates={rates.sources} name={name} />
        <p className="muted small-print">{t("ratesLead")}</p>
      </section>
    </>
  );
}

function Figure({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="result-value num">{value}</dd>
      {children && <dd className="muted num">{children}</dd>}
    </div>
  );
}

function Table({ rates, name }: { rates: Rate[]; name: (rate: Rate) => string }) {
  const t = useWords(words);
  return (
    <div className="table-scroll">
      <table className="rows">
        <thead>
          <tr>
            <th>{t("sourceHead")}</th>
            <th className="right">{t("planned")}</th>
            <th className="right">{t("lookedAt")}</th>
            <th className="right">{t("found")}</th>
            <th className="right">{t("fine")}</th>
            <th className="right">{t("na")}</th>
            <th>{t("hitRate")}</th>
          </tr>
        </thead>
        <tbody>
          {rates.map((rate) => (
            <tr key={rate.key} className={rate.key === "all" ? "strong" : undefined}>
              <td className="cell-name">{name(rate)}</td>
              <td className="right num">{rate.planned}</td>
              <td className="right num">
                {rate.answered} ({percent(rate.coverage)})
              </td>
              <td className="right num">{rate.found}</td>
              <td className="right num">{rate.ok}</td>
              <td className="right num">{rate.not_applicable}</td>
              <td className="num" title={rate.small ? t("fewWhy") : undefined}>
                {rate.share === null
                  ? "–"
                  : `${percent(rate.share)} (${percent(rate.low)}–${percent(rate.high)})`}
                {rate.small && rate.share !== null && <span className="muted"> · {t("few")}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
