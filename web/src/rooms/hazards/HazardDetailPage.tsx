import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { moment } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { SyntheticTag } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { HazardDetail } from "@/app/types";
import { ReportsBehind } from "@/rooms/reports/ReportsBehind";
import { AddBefore } from "./AddBefore";
import { BeforeAfter } from "./BeforeAfter";
import { FixSheet } from "./FixSheet";
import { MajorPanel } from "./MajorPanel";
import { DueLine, LateMark, LevelMark, StateTag, useKindName } from "./marks";
import { useHazard } from "./queries";
import { STEP_WORD, StepDialog } from "./StepDialog";
import { StoryPanel } from "./StoryPanel";
import { type Step, stepsFor } from "./steps";
import { words } from "./words";

/** One hazard: what it is, what happened, what comes next. */
export function HazardDetailPage({ id, onBack }: { id: string; onBack: () => void }) {
  const t = useWords(words);
  const found = useHazard(id);
  useKeys({ Escape: onBack });
  return (
    <div className="page">
      <Button type="link" className="back-link" onClick={onBack}>
        {t("backHow")}
      </Button>
      <Loaded of={found} rows={14}>
        {(hazard) => <Detail hazard={hazard} />}
      </Loaded>
    </div>
  );
}

function Detail({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <>
      <div className="page-head desk-head">
        <h1>{pick(hazard, "title")}</h1>
        {hazard.synthetic && <SyntheticTag />}
      </div>
      <p className="hazard-head">
        <span className="num muted">
          {t("number")} {hazard.id}
        </span>
        <StateTag state={hazard.state} />
        <LevelMark level={hazard.level} />
        <DueLine row={hazard} />
        <LateMark row={hazard} />
        {hazard.lapses_at && <span className="muted">{t("lapses", { at: moment(hazard.lapses_at) })}</span>}
      </p>
      <div className="hazard-detail">
        <div className="stack">
          <Steps hazard={hazard} />
          <section className="panel" aria-labelledby="hazard-photos">
            <div className="panel-head">
              <h2 id="hazard-photos">{t("photos")}</h2>
            </div>
            <BeforeAfter hazard={hazard} />
            {hazard.may.photo && <AddBefore hazard={hazard} />}
          </section>
          <MajorPanel hazard={hazard} />
        </div>
        <div className="stack">
          <Facts hazard={hazard} />
          <ReportsBehind hazardId={hazard.id} />
          <StoryPanel hazard={hazard} />
        </div>
      </div>
    </>
  );
}

function Steps({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const either = useEither();
  const [step, setStep] = useState<Step | null>(null);
  const steps = stepsFor(hazard);
  const asked = hazard.opinions.find((one) => one.agrees === null);
  useKeys({ a: () => steps[0] && setStep(steps[0]) });
  const close = () => setStep(null);
  const word = (one: Step) =>
    one === "assign" && hazard.route_owner
      ? t("assignSuggested", { name: either(hazard.route_owner.name, hazard.route_owner.name_en) })
      : t(STEP_WORD[one]);
  return (
    <section className="panel hazard-next" aria-labelledby="hazard-next">
      <div className="panel-head">
        <h2 id="hazard-next">{t("next")}</h2>
      </div>
      {hazard.may.opinion_give && asked && (
        <p>
          {t("asksYou", { name: either(asked.asked_by.name, asked.asked_by.name_en), q: asked.question })}
        </p>
      )}
      {steps.length === 0 && <p className="muted">{t("waitsFor")}</p>}
      <div className="actions">
        {steps.map((one, index) => (
          <Button key={one} type={index === 0 ? "primary" : "default"} onClick={() => setStep(one)}>
            {word(one)}
          </Button>
        ))}
      </div>
      {step === "fix" && <FixSheet hazard={hazard} onClose={close} />}
      {step !== null && step !== "fix" && <StepDialog hazard={hazard} step={step} onClose={close} />}
    </section>
  );
}

const LINKS = {
  point: (hazard: HazardDetail, id: number) => `/enterprises/${hazard.enterprise_id}?point=${id}`,
  warning: (_: HazardDetail, id: number) => `/warnings/${id}`,
  case: (_: HazardDetail, id: number) => `/cases/${id}`,
} as const;

function Facts({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const kindName = useKindName();
  const name = (person: HazardDetail["owner"]) =>
    person ? either(person.name, person.name_en) : t("nobody");
  const reporter = hazard.anonymous
    ? t("anonymous")
    : hazard.reporter
      ? name(hazard.reporter)
      : t("noReporter");
  const area = either(hazard.area_zh, hazard.area_en);
  const rows: [string, React.ReactNode][] = [
    [t("place"), `${hazard.enterprise_name}${area ? ` · ${area}` : ""}`],
    [t("kind"), kindName(hazard.kind)],
    [t("source"), t(hazard.found_by as "worker")],
    [t("openedAt"), moment(hazard.opened_at)],
    [t("due"), moment(hazard.due_at)],
    [t("reporter"), reporter],
    [t("owner"), name(hazard.owner)],
    [t("fixer"), name(hazard.fixer)],
    [t("checker"), name(hazard.checker)],
  ];
  if (hazard.words)
    rows.push([
      t("words"),
      <span key="words" className="pre-line">
        {hazard.words}
      </span>,
    ]);
  const route = either(hazard.route_zh, hazard.route_en);
  if (route) rows.push([t("route"), route]);
  return (
    <section className="panel" aria-labelledby="hazard-facts">
      <div className="panel-head">
        <h2 id="hazard-facts">{t("details")}</h2>
      </div>
      <dl className="hazard-facts">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {hazard.links.map((link) => (
          <div key={`${link.kind}${link.id}`}>
            <dt>{t(link.kind)}</dt>
            <dd>
              <Link to={LINKS[link.kind](hazard, link.id)}>{pick(link, "title")}</Link>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
