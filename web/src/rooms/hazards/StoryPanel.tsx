import { moment } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import type { HazardDetail, HazardStep } from "@/app/types";
import { words } from "./words";

const ACTIONS: Record<string, keyof typeof words> = {
  opened: "actOpened",
  assign: "actAssign",
  transfer: "actTransfer",
  start: "actStart",
  fix: "actFix",
  check: "actCheck",
  send_back: "actSendBack",
  confirm: "actConfirm",
  not_done: "actNotDone",
  refuse: "actRefuse",
  contest: "actContest",
  accept: "actAccept",
  reopen: "actReopen",
  release: "actRelease",
  lapse: "actLapse",
  closed: "actClosed",
  reminded: "actReminded",
  escalated: "actEscalated",
  report_up: "actReportUp",
  release_wanted: "actReleaseWanted",
  major: "actMajor",
  not_major: "actNotMajor",
  level: "actLevel",
  opinion_asked: "actOpinionAsked",
  opinion_given: "actOpinionGiven",
};
const BY_REPORTER = ["opened", "confirm", "not_done", "contest", "accept"];

/** Every step, the newest first, each with its place in the ledger; opinions below. */
export function StoryPanel({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const either = useEither();
  return (
    <section className="panel" aria-labelledby="hazard-story">
      <div className="panel-head">
        <h2 id="hazard-story">{t("story")}</h2>
      </div>
      <ol className="history hazard-story">
        {[...hazard.steps].reverse().map((step) => (
          <li key={step.ledger_index}>
            <Line step={step} anonymous={hazard.anonymous} />
          </li>
        ))}
      </ol>
      {hazard.opinions.length > 0 && <h3>{t("opinions")}</h3>}
      {hazard.opinions.map((one) => (
        <p key={one.id}>
          {t("asked", {
            a: either(one.asked_by.name, one.asked_by.name_en),
            b: either(one.asked_of.name, one.asked_of.name_en),
            q: one.question,
          })}
          <br />
          <strong>{one.agrees === null ? t("awaiting") : one.agrees ? t("agreed") : t("disagreed")}</strong>{" "}
          {one.words}
        </p>
      ))}
    </section>
  );
}

function Line({ step, anonymous }: { step: HazardStep; anonymous: boolean }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const name = (person: HazardStep["by"]) => (person ? either(person.name, person.name_en) : "");
  const nobody = anonymous && BY_REPORTER.includes(step.action) ? t("anonymousReporter") : t("platform");
  const word = ACTIONS[step.action];
  return (
    <>
      <span className="num muted">{moment(step.at)}</span> {name(step.by) || nobody}{" "}
      <strong>{word ? t(word) : step.action}</strong>
      {step.to && ` → ${name(step.to)}`} <LedgerMark index={step.ledger_index} />
      {step.note && <div className="pre-line">{step.note}</div>}
      {step.text_zh && <div className="muted">{pick(step, "text")}</div>}
    </>
  );
}
