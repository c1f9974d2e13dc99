import { Select } from "antd";
import { useMemo, useState } from "react";
import { Chart } from "@/app/Chart";
import { percent } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { HazardFigures } from "@/app/types";
import { monthsOption, spell } from "./figuresOption";
import { useKindName } from "./marks";
import { type HazardFilter, useFigures } from "./queries";
import { words } from "./words";

const SPANS = [3, 6, 12, 24, 36];

/** Response times, ageing and what keeps coming back. */
export function FiguresView({ filter }: { filter: HazardFilter }) {
  const t = useWords(words);
  const [months, setMonths] = useState(12);
  const figures = useFigures(filter, months);
  return (
    <div className="stack">
      <Select
        className="hazard-span"
        aria-label={t("responses")}
        value={months}
        onChange={setMonths}
        options={SPANS.map((n) => ({ value: n, label: t("months", { n }) }))}
      />
      <Loaded of={figures} rows={12}>
        {(found) => (
          <>
            <Responses found={found} />
            <div className="hazard-figures">
              <Kinds found={found} />
              <Ages found={found} />
            </div>
            <Repeats found={found} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function useSpelt() {
  const t = useWords(words);
  return (minutes: number | null) =>
    spell(minutes, {
      minutes: (n) => t("minutes", { n }),
      hours: (n) => t("hours", { n }),
      days: (n) => t("daysN", { n }),
    });
}

function Responses({ found }: { found: HazardFigures }) {
  const t = useWords(words);
  const spelt = useSpelt();
  const { all } = found;
  const option = useMemo(
    () => monthsOption(found.months, { within48: t("within48"), opened: t("openedN") }),
    [found.months, t],
  );
  const facts: [string, string][] = [
    [t("median"), spelt(all.median)],
    [t("p85"), spelt(all.p85)],
    [t("within2"), percent(all.within_2h)],
    [t("within48"), percent(all.within_48h)],
    [t("openedN"), String(all.opened)],
    [t("answeredN"), String(all.answered)],
  ];
  return (
    <section className="panel" aria-labelledby="hazard-responses">
      <div className="panel-head">
        <h2 id="hazard-responses">{t("responses")}</h2>
        <span className="muted">{t("responsesWhy")}</span>
      </div>
      <dl className="figures hazard-numbers">
        {facts.map(([label, value]) => (
          <div key={label} className="figure">
            <dt className="figure-label">{label}</dt>
            <dd className="figure-value num">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t("rounded")}</p>
      {found.months.length > 0 && (
        <>
          <h3>{t("perMonth")}</h3>
          <Chart option={option} height={220} label={t("perMonth")} />
        </>
      )}
    </section>
  );
}

function Kinds({ found }: { found: HazardFigures }) {
  const t = useWords(words);
  const kindName = useKindName();
  const spelt = useSpelt();
  const kinds = [...found.kinds].sort((a, b) => b.opened - a.opened);
  return (
    <section className="panel" aria-labelledby="hazard-kinds">
      <div className="panel-head">
        <h2 id="hazard-kinds">{t("perKind")}</h2>
      </div>
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("kind")}</th>
              <th className="right">{t("openedN")}</th>
              <th className="right">{t("median")}</th>
              <th className="right">{t("p85")}</th>
              <th className="right">{t("within48")}</th>
            </tr>
          </thead>
          <tbody>
            {kinds.map((row) => (
              <tr key={row.kind}>
                <td>{kindName(row.kind)}</td>
                <td className="right num">{row.opened}</td>
                <td className="right num nowrap">{spelt(row.median)}</td>
                <td className="right num nowrap">{spelt(row.p85)}</td>
                <td className="right num">{percent(row.within_48h)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Ages({ found }: { found: HazardFigures }) {
  const t = useWords(words);
  const most = Math.max(1, ...found.ages.map((age) => age.open));
  return (
    <section className="panel" aria-labelledby="hazard-ages">
      <div className="panel-head">
        <h2 id="hazard-ages">{t("ages")}</h2>
      </div>
      <ul className="hazard-ages">
        {found.ages.map((age) => (
          <li key={age.days_from}>
            <span>
              {age.days_to === null
                ? t("ageOver", { a: age.days_from })
                : t("ageFrom", { a: age.days_from, b: age.days_to })}
            </span>
            <span className="hazard-age-rail" aria-hidden="true">
              <span style={{ width: `${(100 * age.open) / most}%` }} />
            </span>
            <span className="num">{age.open}</span>
            <span className={age.overdue > 0 ? "hazard-late" : "muted"}>
              {t("nOverdue", { n: age.overdue })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Repeats({ found }: { found: HazardFigures }) {
  const t = useWords(words);
  const either = useEither();
  const kindName = useKindName();
  return (
    <section className="panel" aria-labelledby="hazard-repeats">
      <div className="panel-head">
        <h2 id="hazard-repeats">{t("repeats", { n: found.repeat_days })}</h2>
      </div>
      {found.repeats.length === 0 ? (
        <EmptyState text={t("repeatsNone")} />
      ) : (
        <div className="table-scroll">
          <table className="rows">
            <thead>
              <tr>
                <th>{t("place")}</th>
                <th>{t("kind")}</th>
                <th className="right">{t("times")}</th>
                <th className="right">{t("stillOpen")}</th>
              </tr>
            </thead>
            <tbody>
              {found.repeats.map((row) => (
                <tr key={`${row.enterprise_id} ${row.area_id} ${row.kind}`}>
                  <td>
                    {row.enterprise_name}
                    {row.area_zh && <span className="muted"> · {either(row.area_zh, row.area_en)}</span>}
                  </td>
                  <td>{kindName(row.kind)}</td>
                  <td className="right num">{row.times}</td>
                  <td className="right num">{row.open}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
