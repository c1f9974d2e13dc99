import { useMemo } from "react";
import { Chart } from "@/app/Chart";
import { change, number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import type { ProfileMonth } from "@/app/types";
import { useProfile } from "../queries";
import { seasonOption } from "./options";
import type { Rung } from "./types";
import { words } from "./words";
import "./living.css";

type WordKey = keyof typeof words;
const BASES = new Set(["hours", "headcount", "payroll", "enterprise"]);

/** What the newest profile stands on: the ladder of industries, exposure, yearly change and seasons. */
export function BasisPanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const months = useProfile(enterpriseId).data;
  const newest = months?.[months.length - 1];
  if (!newest || newest.rungs.length === 0) return null; // a run older than the ladder
  return (
    <section className="panel" aria-labelledby="basis-title">
      <div className="panel-head">
        <h2 id="basis-title">{t("basis")}</h2>
      </div>
      <div className="basis-grid">
        <div>
          <Ladder rungs={newest.rungs} />
          <Pairs profile={newest} />
        </div>
        <Season factors={newest.seasons} />
      </div>
    </section>
  );
}

function Ladder({ rungs }: { rungs: Rung[] }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const shown = rungs.filter((rung) => rung.weight >= 0.005);
  return (
    <>
      <table className="rows rows-compact">
        <thead>
          <tr>
            <th>{t("rung")}</th>
            <th className="right">
              {t("rate")} <small className="muted">{t("perHundred")}</small>
            </th>
            <th>{t("weight")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((rung) => (
            <tr key={rung.level}>
              <td>
                {rung.name_zh
                  ? t("industryOf", { level: t(rung.level as WordKey), name: pick(rung, "name") })
                  : t(rung.level as WordKey)}
              </td>
              <td className="right num">{number(rung.rate, language, 2)}</td>
              <td>
                <span className="probability">
                  <span className="probability-rail" aria-hidden="true">
                    <span style={{ width: `${rung.weight * 100}%` }} />
                  </span>
                  <span className="num">{percent(rung.weight)}</span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted basis-note">{t("rungsWhy")}</p>
    </>
  );
}

function Pairs({ profile }: { profile: ProfileMonth }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const { yearly_change, yearly_change_low: low, yearly_change_high: high } = profile;
  const sure = low !== null && high !== null && (low > 0 || high < 0);
  return (
    <dl className="basis-pairs">
      {yearly_change !== null && (
        <div>
          <dt>{t("yearly")}</dt>
          <dd>
            <b className="num">{change(yearly_change)}</b>{" "}
            <span className="muted num">{t("yearlyInterval", { low: change(low), high: change(high) })}</span>
            {!sure && <small className="muted">{t("yearlyNone")}</small>}
          </dd>
        </div>
      )}
      <div>
        <dt>{t("exposureBasis")}</dt>
        <dd>
          {BASES.has(profile.exposure_basis) && t(profile.exposure_basis as WordKey)}{" "}
          <span className="muted num">{t("people", { n: number(profile.exposure * 100, language) })}</span>
        </dd>
      </div>
      {profile.colour_rule && (
        <div>
          <dt>{t("rule")}</dt>
          <dd className="num">{profile.colour_rule}</dd>
        </div>
      )}
    </dl>
  );
}

function Season({ factors }: { factors: number[] }) {
  const t = useWords(words);
  const option = useMemo(() => seasonOption(factors, (n) => t("monthName", { n })), [factors, t]);
  const label = t("seasonsLabel", {
    months: factors
      .map((factor, index) => `${t("monthName", { n: index + 1 })} ${factor.toFixed(2)}`)
      .join(", "),
  });
  return (
    <div>
      <h3>{t("seasons")}</h3>
      {factors.length === 12 ? (
        <>
          <Chart option={option} height={150} label={label} />
          <p className="muted basis-note">{t("seasonsWhy")}</p>
        </>
      ) : (
        <p className="muted">{t("seasonsNone")}</p>
      )}
    </div>
  );
}
