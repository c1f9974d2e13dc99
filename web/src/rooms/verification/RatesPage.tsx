import { DownloadOutlined } from "@ant-design/icons";
import { Segmented, Select } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import { Chart } from "@/app/Chart";
import { query } from "@/app/client";
import { usePhone } from "@/app/device";
import { number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useRates } from "./queries";
import { RateCards, RateTable } from "./RateRows";
import { drawn, rateOption } from "./rateOption";
import type { Dimension, RateRow, Rates, Share } from "./types";
import { words } from "./words";
import "./verification.css";

const DIMENSIONS: Dimension[] = ["pack", "industry", "inspector", "month"];
const PERIODS = ["30", "90", "365", "all"] as const;
type Period = (typeof PERIODS)[number];

/** How much of what was deduced was there, by group, with how sure that is. */
export default function RatesPage() {
  const t = useWords(words);
  const seesRegion = useMay("region.read");
  const [search, setSearch] = useSearchParams();
  const by = DIMENSIONS.find((one) => one === search.get("by")) ?? "pack";
  const period: Period = PERIODS.find((one) => one === search.get("period")) ?? "all";
  const since = period === "all" ? "" : dayjs().subtract(Number(period), "day").format("YYYY-MM-DD");
  const rates = useRates({ by, since, until: "" });
  const change = (name: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set(name, value);
        return after;
      },
      { replace: true },
    );
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("ratesTitle")}</h1>
        {rates.data?.synthetic && <SyntheticTag />}
        <span className="muted">{t("ratesLead")}</span>
      </div>
      <div className="rate-controls">
        <Segmented
          aria-label={t("grouping")}
          value={by}
          onChange={(value) => change("by", value)}
          options={DIMENSIONS.filter((one) => one !== "inspector" || seesRegion).map((value) => ({
            value,
            label: t(`by_${value}`),
          }))}
        />
        <Select
          aria-label={t("period")}
          value={period}
          onChange={(value) => change("period", value)}
          popupMatchSelectWidth={false}
          options={PERIODS.map((value) => ({ value, label: t(`period_${value}`) }))}
        />
        <Link to="/verify">{t("backToSite")}</Link>
        <a href={`/api/verify/rates.csv${query({ by, since })}`} download>
          <DownloadOutlined aria-hidden /> {t("csv")}
        </a>
      </div>
      <Loaded of={rates} rows={10}>
        {(data) => <Body rates={data} all={period === "all"} />}
      </Loaded>
    </div>
  );
}

function Body({ rates, all }: { rates: Rates; all: boolean }) {
  const t = useWords(words);
  const pick = usePick();
  const phone = usePhone();
  const monthly = rates.by === "month";
  const bars = drawn(rates.rows, monthly).length;
  const option = useMemo(
    () => rateOption(rates.rows, monthly, (row: RateRow) => pick(row, "name"), t("small")),
    [rates.rows, monthly, pick, t],
  );
  if (rates.rows.length === 0)
    return (
      <section className="panel">
        <EmptyState text={all ? t("noneYet") : t("nonePeriod")}>
          {all && <p className="muted">{t("noneYetLead")}</p>}
        </EmptyState>
      </section>
    );
  const Rows = phone ? RateCards : RateTable;
  return (
    <>
      <Figures rates={rates} />
      {bars > 0 && (
        <section className="panel gap-below">
          <Chart option={option} height={monthly ? 260 : Math.max(120, bars * 34 + 48)} label={t("chart")} />
        </section>
      )}
      <section className="panel">
        <Rows rates={rates} />
        {rates.belief_version && (
          <p className="muted small-print">{t("version", { v: rates.belief_version })}</p>
        )}
      </section>
    </>
  );
}

function Figures({ rates }: { rates: Rates }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const { total, first_mile: mile, smallest } = rates;
  const share = (label: string, of: Share) => (
    <Figure label={label} value={percent(of.share)}>
      <dd className="muted num">{t("rateOf", { confirmed: of.confirmed, answered: of.answered })}</dd>
      {of.answered > 0 && (
        <dd className="muted num">{t("interval", { low: percent(of.low), high: percent(of.high) })}</dd>
      )}
      {of.small && <dd className="rate-small">{t("smallWhy", { n: smallest })}</dd>}
    </Figure>
  );
  return (
    <dl className="rate-figures">
      {share(t("rate"), total.proposed)}
      {share(t("explored"), total.explored)}
      {total.weighted && (
        <Figure label={t("weighted")} value={percent(total.weighted.share)}>
          <dd className="muted num">
            {t("interval", { low: percent(total.weighted.low), high: percent(total.weighted.high) })}
          </dd>
          <dd className="muted">{t("weightedWhy")}</dd>
        </Figure>
      )}
      {share(`${t("firstMile")}: ${t("firstVisit")}`, mile.first)}
      {share(`${t("firstMile")}: ${t("laterVisit")}`, mile.later)}
      <Figure label={t("visited")} value={number(mile.visited, language)}>
        <dd className="muted num">{t("visitedOf", { n: number(mile.enterprises, language) })}</dd>
      </Figure>
      <Figure
        label={t("listPlaces")}
        value={percent(mile.places ? mile.places_answered / mile.places : null)}
      >
        <dd className="muted num">{t("listPlacesOf", { rounds: mile.rounds, n: mile.places })}</dd>
      </Figure>
    </dl>
  );
}

function Figure({ label, value, children }: { label: string; value: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="rate-value num">{value}</dd>
      {children}
    </div>
  );
}
