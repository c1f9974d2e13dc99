import { Alert, Button, Progress } from "antd";
import { moment, number } from "@/app/format";
import { useEither, useLanguage, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { FacetModels, ModelTraining } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { useTrain } from "./queries";
import { words } from "./words";

/** What there is to learn from, and the training that runs. */
export function TrainingPanel({ models }: { models: FacetModels }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const errorText = useErrorText();
  const may = useMay("models.train");
  const train = useTrain();
  const run = models.run;
  const busy = run?.state === "queued" || run?.state === "running";
  return (
    <section className="panel" aria-label={t("train")}>
      <div className="panel-head">
        <span className="num">
          {t("learnFrom", { n: number(models.training, language), g: number(models.gold, language) })}
        </span>
        {models.more > 0 && <span className="num">{t("more", { n: number(models.more, language) })}</span>}
        {may && (
          <span className="panel-tools">
            <Button
              type="primary"
              disabled={models.more > 0 || busy}
              loading={train.isPending}
              onClick={() => train.mutate(models.facet)}
            >
              {t("train")}
            </Button>
          </span>
        )}
      </div>
      {run && <Training run={run} />}
      {train.error && (
        <p role="alert" className="form-error">
          {errorText(train.error)}
        </p>
      )}
    </section>
  );
}

const STEPS = ["rows", "fit", "reliability", "gold", "suspects", "save"] as const;

function Training({ run }: { run: ModelTraining }) {
  const t = useWords(words);
  const either = useEither();
  const asked = t("asked", {
    name: either(run.asked_by ?? "", run.asked_by_en ?? ""),
    at: moment(run.asked_at),
  });
  if (run.state === "failed") {
    return (
      <Alert
        type="error"
        role="alert"
        showIcon
        title={t("failed")}
        description={either(run.problem_zh, run.problem_en)}
      />
    );
  }
  const step = STEPS.find((one) => one === run.step);
  const where =
    run.state === "queued"
      ? t("queued")
      : run.state === "done"
        ? t("trained")
        : t("step", { n: run.done + 1, all: run.total, what: step ? t(step) : "" });
  return (
    <div className="training" aria-live="polite">
      <Progress
        percent={run.state === "done" ? 100 : run.total ? Math.round((100 * run.done) / run.total) : 0}
        status={run.state === "running" ? "active" : "normal"}
        aria-label={where}
      />
      <span className="training-step">{where}</span>
      <span className="muted">{asked}</span>
    </div>
  );
}
