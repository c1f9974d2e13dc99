import { ArrowLeftOutlined, LikeFilled, LikeOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useState } from "react";
import { day, moment } from "@/app/format";
import { useEither, useLanguage, useWords } from "@/app/i18n";
import { LedgerMark, SyntheticTag } from "@/app/marks";
import { Loaded, useErrorText } from "@/app/states";
import type { Idea, IdeaStepKind } from "@/app/types";
import { StateTag, useAuthor } from "./IdeasTab";
import { useIdea, useSupport } from "./queries";
import { StepDialog } from "./StepDialog";
import { words } from "./words";

export function IdeaDetailPanel({ id, onBack }: { id: string; onBack?: () => void }) {
  const t = useWords(words);
  const idea = useIdea(id);
  return (
    <section className="panel detail-panel">
      {onBack && (
        <Button type="link" className="back-link" icon={<ArrowLeftOutlined aria-hidden />} onClick={onBack}>
          {t("back")}
        </Button>
      )}
      <Loaded of={idea} rows={10}>
        {(found) => <Body idea={found} />}
      </Loaded>
    </section>
  );
}

function Body({ idea }: { idea: Idea }) {
  const t = useWords(words);
  const author = useAuthor();
  const [step, setStep] = useState<IdeaStepKind | null>(null);
  return (
    <>
      <div className="mark-row">
        <StateTag state={idea.state} overdue={idea.overdue} />
        {idea.synthetic && <SyntheticTag />}
        <LedgerMark index={idea.ledger_index} />
      </div>
      <h2 className="detail-title">{idea.title}</h2>
      <p className="muted">
        {idea.mine ? t("byMe") : author(idea)} · {day(idea.at)}
      </p>
      <dl className="pairs pairs-stacked">
        <div>
          <dt>{t("problem")}</dt>
          <dd className="pre-line break">{idea.problem}</dd>
        </div>
        <div>
          <dt>{t("idea")}</dt>
          <dd className="pre-line break">{idea.idea}</dd>
        </div>
      </dl>
      <div className="actions">
        <SupportButton idea={idea} />
        {idea.next_steps.map((kind) => (
          <Button key={kind} onClick={() => setStep(kind)}>
            {t(`step_${kind}`)}
          </Button>
        ))}
      </div>
      <Steps idea={idea} />
      {step && <StepDialog idea={idea} kind={step} onClose={() => setStep(null)} />}
    </>
  );
}

function SupportButton({ idea }: { idea: Idea }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const support = useSupport(idea.id);
  if (idea.mine) return <span className="idea-support num">{t("supports", { n: idea.supports })}</span>;
  return (
    <Button
      type={idea.supported ? "default" : "primary"}
      icon={idea.supported ? <LikeFilled aria-hidden /> : <LikeOutlined aria-hidden />}
      aria-pressed={idea.supported}
      loading={support.isPending}
      onClick={() =>
        support.mutate({ support: !idea.supported }, { onError: (error) => message.error(errorText(error)) })
      }
    >
      {t(idea.supported ? "supporting" : "support")} · {idea.supports}
    </Button>
  );
}

function Steps({ idea }: { idea: Idea }) {
  const t = useWords(words);
  const either = useEither();
  const { language } = useLanguage();
  const figure = (value: number) => new Intl.NumberFormat(language).format(value);
  const trial = [...idea.steps].reverse().find((one) => one.kind === "trial");
  return (
    <>
      <h3>{t("progress")}</h3>
      {idea.steps.length === 0 && <p className="muted">{t("noSteps")}</p>}
      <ol className="history">
        {idea.steps.map((one) => (
          <li key={one.ledger_index}>
            <div className="record-head">
              <strong>{t(`done_${one.kind}`)}</strong>
              <span className="muted">
                {either(one.by, one.by_en)} · {moment(one.at)}
              </span>
              <LedgerMark index={one.ledger_index} />
            </div>
            {one.kind === "trial" && (
              <p>
                {one.where} · {t("trialUntil", { day: day(one.until) })} · {one.measure}
              </p>
            )}
            {one.before !== null && one.after !== null && (
              <p className="strong num">
                {t("fromTo", {
                  measure: trial?.measure ?? t("measure"),
                  before: figure(one.before),
                  after: figure(one.after),
                })}
              </p>
            )}
            {one.text && <p className="pre-line">{one.text}</p>}
          </li>
        ))}
      </ol>
    </>
  );
}
