import { useMemo } from "react";
import { Chart } from "@/app/Chart";
import { month, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { COLOURS, RiskShape } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { ProfileMonth } from "@/app/types";
import { words as shared } from "@/app/words";
import { MovementView } from "./living/MovementView";
import { profileOption } from "./profileOption";
import { useProfile } from "./queries";
import { words } from "./words";

/** Expected injuries with their interval, the score with its level, and why they moved. */
export function ProfilePanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const profile = useProfile(enterpriseId);
  return (
    <section className="panel" aria-labelledby="profile-title">
      <div className="panel-head">
        <h2 id="profile-title">{t("profile")}</h2>
        <span className="muted">{t("profileChart")}</span>
      </div>
      <Loaded of={profile} rows={10}>
        {(months) =>
          months.length === 0 ? (
            <EmptyState text={t("profileNone")} />
          ) : (
            <>
              <ProfileChart months={months} />
              <Reasons months={months} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

function ProfileChart({ months }: { months: ProfileMonth[] }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const option = useMemo(
    () =>
      profileOption(months, {
        expected: t("expectedAxis"),
        score: t("score"),
        interval: (low, high) => t("interval", { low, high }),
        level: (colour) => s(`${colour}Full`),
        number: (value, digits) => number(value, language, digits),
      }),
    [months, t, s, language],
  );
  const first = months[0] as ProfileMonth;
  const last = months[months.length - 1] as ProfileMonth;
  if (months.length === 1) return <p className="muted">{t("profileOne")}</p>;
  const label = t("profileLabel", {
    from: month(first.month),
    to: month(last.month),
    a: number(first.expected_injuries, language, 1),
    b: number(last.expected_injuries, language, 1),
    c: number(first.score, language),
    d: number(last.score, language),
  });
  return (
    <>
      <Chart option={option} height={340} label={label} />
      <ul className="colour-legend">
        {COLOURS.map((colour) => (
          <li key={colour}>
            <RiskShape colour={colour} /> {s(colour)}
          </li>
        ))}
      </ul>
    </>
  );
}

const EARLIER_MONTHS = 3;

function Reasons({ months }: { months: ProfileMonth[] }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const reasonsOf = (one: ProfileMonth) => {
    const [first, second] =
      language === "zh" ? [one.reasons_zh, one.reasons_en] : [one.reasons_en, one.reasons_zh];
    return first.length > 0 ? first : second;
  };
  const last = months[months.length - 1] as ProfileMonth;
  const earlier = months
    .slice(0, -1)
    .reverse()
    .filter((one) => reasonsOf(one).length > 0)
    .slice(0, EARLIER_MONTHS);
  return (
    <div className="reasons">
      {last.movement && <MovementView movement={last.movement} />}
      <h3>
        {t("reasons")} <span className="muted num">{t("reasonsAt", { month: month(last.month) })}</span>
      </h3>
      {reasonsOf(last).length === 0 ? (
        <p className="muted">{t("reasonsNone")}</p>
      ) : (
        <ul>
          {reasonsOf(last).map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {earlier.length > 0 && (
        <details>
          <summary>{t("pastMonths")}</summary>
          {earlier.map((one) => (
            <div key={one.month}>
              <h4 className="num">{month(one.month)}</h4>
              {one.movement && <p>{pick(one.movement, "text")}</p>}
              <ul>
                {reasonsOf(one).map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            </div>
          ))}
        </details>
      )}
    </div>
  );
}
