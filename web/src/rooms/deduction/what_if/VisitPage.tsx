import { PrinterOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useParams, useSearchParams } from "react-router";
import { number, percent } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { RiskMark } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { Head, ModelLine } from "./Head";
import { useVisit } from "./queries";
import type { Check, DeducedPoint, Stop, Visit } from "./types";
import { words } from "./words";
import "./what-if.css";

const LENGTHS = [45, 60, 90, 120, 180, 240, 360, 480];
const COUNTS = [3, 5, 8, 10, 15, 20];

/** A whole number from the address, the usual one where none stands there. */
function asked(text: string | null, usual: number): number {
  const value = Number(text);
  return text && Number.isInteger(value) ? value : usual;
}

/** A list that fits a visit: what to check in which order, printable. */
export default function VisitPage() {
  const { id = "" } = useParams();
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const [minutes, n] = [asked(search.get("minutes"), 120), asked(search.get("n"), 10)];
  const visit = useVisit(id, minutes, n);
  const set = (name: string, value: number) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set(name, String(value));
        return after;
      },
      { replace: true },
    );
  const length = (value: number) =>
    value % 60 ? t("minutesOf", { n: value }) : t("hours", { n: value / 60 });
  const withOwn = (usual: number[], own: number) => [...new Set([...usual, own])].sort((a, b) => a - b);
  return (
    <div className="page visit-page">
      <Head enterpriseId={id} title={t("visitList")} lead={t("visitLead")} />
      <div className="visit-tools">
        <label htmlFor="visit-minutes">{t("minutes")}</label>
        <Select
          id="visit-minutes"
          value={minutes}
          options={withOwn(LENGTHS, minutes).map((value) => ({ value, label: length(value) }))}
          onChange={(value: number) => set("minutes", value)}
        />
        <label htmlFor="visit-n">{t("points")}</label>
        <Select
          id="visit-n"
          value={n}
          options={withOwn(COUNTS, n).map((value) => ({ value, label: String(value) }))}
          onChange={(value: number) => set("n", value)}
        />
        <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          {t("print")}
        </Button>
      </div>
      <Loaded of={visit} rows={12}>
        {(plan) => <Plan plan={plan} />}
      </Loaded>
    </div>
  );
}

function Plan({ plan }: { plan: Visit }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const count = plan.stops.reduce((sum, stop) => sum + stop.checks.length, 0);
  if (count === 0) return <EmptyState text={t("visitNone")} />;
  return (
    <section className="panel" aria-label={t("visitList")}>
      <p className="visit-fits num">
        <b>
          {t("fits", {
            n: count,
            used: plan.used,
            minutes: plan.minutes,
            expected: number(plan.expected, language, 1),
          })}
        </b>
        <span className="muted">{t("opening", { n: plan.opening })}</span>
      </p>
      {plan.stops.map((stop, place) => (
        <StopPart key={stop.name_zh} stop={stop} place={place + 1} />
      ))}
      <LeftOut points={plan.left_out} />
      <ModelLine model={plan.model} version={plan.model_version} at={plan.at} />
    </section>
  );
}

function StopPart({ stop, place }: { stop: Stop; place: number }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <section className="visit-stop">
      <h2>
        <span className="muted num">{t("stop", { n: place })}</span> {pick(stop, "name")}{" "}
        <small className="muted num">{t("reach", { n: stop.reach })}</small>
      </h2>
      <ol className="visit-checks">
        {stop.checks.map((check) => (
          <CheckPart key={check.point.key} check={check} />
        ))}
      </ol>
    </section>
  );
}

function CheckPart({ check }: { check: Check }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const point = check.point;
  const measure = point.measures[0];
  return (
    <li className="visit-check">
      <div className="visit-check-head">
        <b>{pick(point, "title")}</b>
        <RiskMark colour={point.lec.colour} />
        <span className="num muted nowrap">
          {percent(point.probability)} · {t("at", { n: check.starts_at })} ·{" "}
          {t("minutesOf", { n: check.minutes })}
        </span>
      </div>
      <p>{pick(point, "text")}</p>
      <dl>
        <dt>{t("check")}</dt>
        <dd>
          {pick(point, "check")}{" "}
          <span className="muted">({check.steps.map((step) => either(step.zh, step.en)).join(" · ")})</span>
        </dd>
        {measure && (
          <>
            <dt>{t("measure")}</dt>
            <dd>{pick(measure, "text")}</dd>
          </>
        )}
        <dt>{t("clause")}</dt>
        <dd>{point.clause}</dd>
      </dl>
      <p className="visit-boxes" aria-hidden>
        <span>☐ {t("found")}</span>
        <span>☐ {t("notFound")}</span>
        <span>☐ {t("notApplicable")}</span>
        <span className="visit-note">{t("note")}</span>
      </p>
    </li>
  );
}

function LeftOut({ points }: { points: DeducedPoint[] }) {
  const t = useWords(words);
  const pick = usePick();
  if (points.length === 0) return null;
  return (
    <details className="visit-left">
      <summary>{t("leftOut")}</summary>
      <ul>
        {points.map((point) => (
          <li key={point.key}>
            {pick(point, "title")} <span className="num muted">{percent(point.probability)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
