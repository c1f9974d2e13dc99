import type { UseQueryResult } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { change, number, percent } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { COLOURS, RiskShape } from "@/app/marks";
import { ErrorState } from "@/app/states";
import { RISK } from "@/app/theme";
import type { Overview } from "@/app/types";
import { words as shared } from "@/app/words";
import { useMay } from "@/rooms/accounts/session";
import { Sparkline } from "./Sparkline";
import { words } from "./words";

function Figure({ label, value, children }: { label: string; value: ReactNode; children?: ReactNode }) {
  return (
    <div className="figure">
      <div className="figure-label">{label}</div>
      <div className="figure-value num">{value}</div>
      <div className="figure-foot">{children}</div>
    </div>
  );
}

function Distribution({ overview }: { overview: Overview }) {
  const t = useWords(words);
  const s = useWords(shared);
  const total = Math.max(1, overview.enterprises);
  return (
    <div className="figure figure-wide">
      <div className="figure-label">{t("distribution")}</div>
      <div className="colour-bar" aria-hidden="true">
        {COLOURS.map((colour) => (
          <span
            key={colour}
            style={{ flexGrow: overview.colours[colour] / total, background: RISK[colour] }}
          />
        ))}
      </div>
      <ul className="colour-legend">
        {COLOURS.map((colour) => (
          <li key={colour}>
            <RiskShape colour={colour} />
            {s(colour)} <b className="num">{overview.colours[colour]}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function RegionFigures({ overview }: { overview: UseQueryResult<Overview> }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const desk = useMay("cases.decide");
  const data = overview.data;
  if (!data && overview.error)
    return <ErrorState error={overview.error} onRetry={() => overview.refetch()} />;
  if (!data) {
    return (
      <div className="figures" aria-busy="true">
        <Skeleton active title={false} paragraph={{ rows: 3 }} />
      </div>
    );
  }
  const open = data.open_warnings.high + data.open_warnings.medium + data.open_warnings.low;
  const moved = data.cases_prev_12m ? change(data.cases_12m / data.cases_prev_12m - 1) : "–";
  return (
    <section className="figures" aria-label={t("kpis")}>
      <Distribution overview={data} />
      <Figure label={t("openWarnings")} value={number(open, language)}>
        <Link to="/warnings?tier=high">
          {t("openWarningsHigh", { n: number(data.open_warnings.high, language) })}
        </Link>
      </Figure>
      <Figure
        label={t("cases12m")}
        value={
          <>
            {number(data.cases_12m, language)}
            <Sparkline values={data.months.map((month) => month.injuries)} width={72} height={22} />
          </>
        }
      >
        {t("casesBefore", { n: number(data.cases_prev_12m, language), change: moved })}
      </Figure>
      <Figure label={t("answered")} value={percent(data.answered_share)}>
        {t("answeredOf")}
      </Figure>
      <Figure label={t("verified")} value={percent(data.verified_rate)}>
        {data.verified_rate === null ? t("verifiedNone") : t("verifiedOf")}
      </Figure>
      <Figure label={t("reviewQueue")} value={number(data.review_queue, language)}>
        {desk && <Link to="/cases">{t("toDesk")}</Link>}
      </Figure>
    </section>
  );
}
