import { Button, InputNumber, Modal } from "antd";
import { useState } from "react";
import { number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { MeasureValue, SafetyValue, ValueRange } from "@/app/types";
import { words as shared } from "@/app/words";
import { type OwnCost, useSafetyValue } from "./queries";
import { words } from "./words";

/** Expected yearly loss now and after each measure, best first; real prices may be entered. */
export function SafetyValuePanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const [costs, setCosts] = useState<OwnCost[]>([]);
  const [asked, setAsked] = useState<MeasureValue | null>(null);
  const found = useSafetyValue(enterpriseId, costs);
  return (
    <>
      <Loaded of={found} rows={14}>
        {(value) => (
          <>
            <div className="page-head desk-head">
              <h1>
                {t("valueTitle")} · {value.enterprise_name}
              </h1>
              {value.synthetic && <SyntheticTag />}
              <span className="muted desk-lead">{t("valueLead")}</span>
            </div>
            <Value value={value} onPrice={setAsked} />
          </>
        )}
      </Loaded>
      {asked && (
        <PriceDialog
          measure={asked}
          onClose={() => setAsked(null)}
          onSet={(cost) => {
            setCosts((before) => [...before.filter((one) => one.key !== cost.key), cost]);
            setAsked(null);
          }}
        />
      )}
    </>
  );
}

function Value({ value, onPrice }: { value: SafetyValue; onPrice: (measure: MeasureValue) => void }) {
  const t = useWords(words);
  if (!value.now)
    return (
      <section className="panel">
        <EmptyState text={t("valueNoProfile")} />
      </section>
    );
  return (
    <div className="stack">
      <section className="panel" aria-label={t("lossNow")}>
        <LossFacts value={value} />
        <p>
          <Together value={value} />
        </p>
        <p className="muted">{t("basis", { n: value.points, draws: value.draws })}</p>
      </section>
      <section className="panel" aria-label={t("measure")}>
        {value.measures.length === 0 ? (
          <EmptyState text={t("valueNoMeasure")} />
        ) : (
          <Measures measures={value.measures} onPrice={onPrice} />
        )}
      </section>
    </div>
  );
}

function LossFacts({ value }: { value: SafetyValue }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const now = value.now;
  if (!now) return null;
  const facts: [string, ValueRange, number][] = [
    [t("lossNow"), now.yuan, 0],
    [t("employerLoss"), now.employer_yuan, 0],
    [t("fundLoss"), now.fund_yuan, 0],
    [t("injuriesYear"), now.injuries, 2],
    [t("seriousYear"), now.serious, 2],
    [t("deathsYear"), now.deaths, 3],
  ];
  return (
    <dl className="facts">
      {facts.map(([label, range, digits]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="num">
            {digits === 0 ? t("yuan", { n: number(range.mean, language) }) : range.mean.toFixed(digits)}
          </dd>
          <dd className="fact-why">
            {t("interval", {
              low: number(range.low, language, digits),
              high: number(range.high, language, digits),
            })}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Together({ value }: { value: SafetyValue }) {
  const t = useWords(words);
  const { language } = useLanguage();
  if (value.together_keys.length === 0) return <>{value.measures.length > 0 && t("togetherNone")}</>;
  return (
    <>
      <strong>{t("together")}</strong>：
      {t("togetherWhy", {
        n: value.together_keys.length,
        once: number(value.together_once_yuan?.mean, language),
        before: number(value.now?.yuan.mean, language),
        after: number(value.together_loss_yuan?.mean, language),
        people: number(value.together_prevented_injuries?.mean, language, 2),
      })}
    </>
  );
}

function Measures({ measures, onPrice }: { measures: MeasureValue[]; onPrice: (m: MeasureValue) => void }) {
  const t = useWords(words);
  return (
    <table className="rows value-table">
      <thead>
        <tr>
          <th className="right">{t("rank")}</th>
          <th>{t("measure")}</th>
          <th className="right">{t("saves")}</th>
          <th className="right">{t("prevents")}</th>
          <th className="right">{t("costs")}</th>
          <th className="right">{t("payback")}</th>
          <th className="right">{t("net")}</th>
          <th className="right">{t("pays")}</th>
        </tr>
      </thead>
      <tbody>
        {measures.map((measure) => (
          <MeasureRow key={measure.key} measure={measure} onPrice={() => onPrice(measure)} />
        ))}
      </tbody>
    </table>
  );
}

function MeasureRow({ measure, onPrice }: { measure: MeasureValue; onPrice: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const { language } = useLanguage();
  const titles = language === "zh" ? measure.titles_zh : measure.titles_en;
  const years = (value: number | null) =>
    value === null ? t("paybackNever") : t("paybackYears", { n: number(value, language, 1) });
  const level = measure.level as "eliminate" | "substitute" | "engineering" | "administrative" | "ppe";
  return (
    <tr>
      <td className="right num">{measure.rank}</td>
      <td>
        <span className="value-measure">{pick(measure, "text")}</span>
        <small className="muted">
          {s(level)} ·{" "}
          {t("effectRange", { low: percent(measure.effect.low), high: percent(measure.effect.high) })} ·{" "}
          {titles.join(language === "zh" ? "；" : "; ")}
        </small>
      </td>
      <td className="right num" data-label={t("saves")}>
        {number(measure.saved_yuan.mean, language)}
        <small className="muted">
          {number(measure.saved_yuan.low, language)}–{number(measure.saved_yuan.high, language)}
        </small>
      </td>
      <td className="right num" data-label={t("prevents")}>
        {measure.prevented_injuries.mean.toFixed(2)}
        <small className="muted">
          {t("preventsDeaths", { n: measure.prevented_deaths.mean.toFixed(4) })}
        </small>
      </td>
      <td className="right num" data-label={t("costs")}>
        {t("once", { n: number(measure.once_yuan.mean, language) })}
        <small className="muted">{t("yearly", { n: number(measure.yearly_yuan.mean, language) })}</small>
        <Button type="link" size="small" onClick={onPrice}>
          {measure.own_cost ? t("own") : t("ownCost")}
        </Button>
      </td>
      <td className="right num" data-label={t("payback")}>
        {years(measure.payback_years)}
        <small className="muted">{t("paybackEmployer", { n: years(measure.employer_payback_years) })}</small>
      </td>
      <td className="right num" data-label={t("net")}>
        {number(measure.net_yuan.mean, language)}
      </td>
      <td className="right num" data-label={t("pays")}>
        {percent(measure.pays)}
      </td>
    </tr>
  );
}

function PriceDialog({
  measure,
  onClose,
  onSet,
}: {
  measure: MeasureValue;
  onClose: () => void;
  onSet: (cost: OwnCost) => void;
}) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const [once, setOnce] = useState(Math.round(measure.once_yuan.mean));
  const [yearly, setYearly] = useState(Math.round(measure.yearly_yuan.mean));
  const [years, setYears] = useState(measure.years);
  const fields: [string, number, (value: number) => void, number][] = [
    [t("ownOnce"), once, setOnce, 1e10],
    [t("ownYearly"), yearly, setYearly, 1e10],
    [t("ownYears"), years, setYears, 50],
  ];
  return (
    <Modal
      open
      title={t("ownCostOf", { name: pick(measure, "text") })}
      okText={t("recompute")}
      cancelText={s("cancel")}
      onCancel={onClose}
      onOk={() => onSet({ key: measure.key, once, yearly, years: Math.max(1, years) })}
    >
      {fields.map(([label, value, set, most]) => (
        <div key={label} className="value-price">
          <span>{label}</span>
          <InputNumber
            aria-label={label}
            min={0}
            max={most}
            precision={0}
            value={value}
            onChange={(to) => set(to ?? 0)}
          />
        </div>
      ))}
    </Modal>
  );
}
