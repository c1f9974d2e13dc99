import { App, Button } from "antd";
import { useState } from "react";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { AssessmentForm } from "@/app/types";
import { useAnswer } from "./queries";
import { words } from "./words";

/** Made for a thumb: one question under another, every answer a button as wide as a finger. */
export function AnswerSheet({ id, form }: { id: number; form: AssessmentForm }) {
  const t = useWords(words);
  const either = useEither();
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const send = useAnswer(id);
  const [answers, setAnswers] = useState<Record<string, number>>({});
  const [asked, setAsked] = useState(false);
  const keys = form.areas.flatMap((area) => area.questions.map((question) => question.key));
  const missing = keys.filter((key) => !(key in answers));
  const choices = [...form.scale, { value: form.unknown, zh: words.unknown[0], en: words.unknown[1] }];
  const go = () => {
    setAsked(true);
    const first = missing[0];
    if (first) {
      document.querySelector<HTMLInputElement>(`input[name="${first}"]`)?.focus();
      return;
    }
    send.mutate({ answers }, { onSuccess: () => message.success(t("sent")) });
  };
  return (
    <form
      className="sheet"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <p className="strong">{t(form.side === "manager" ? "asManager" : "asWorker")}</p>
      {form.areas.map((area) => (
        <section key={area.key} aria-labelledby={`area-${area.key}`}>
          <h3 id={`area-${area.key}`}>{either(area.zh, area.en)}</h3>
          {area.questions.map((question) => (
            <fieldset
              key={question.key}
              className={asked && !(question.key in answers) ? "question question-missing" : "question"}
            >
              <legend>{pick(question, "text")}</legend>
              <div className="scale">
                {choices.map((choice) => (
                  <label key={choice.value} className="scale-choice">
                    <input
                      type="radio"
                      name={question.key}
                      value={choice.value}
                      checked={answers[question.key] === choice.value}
                      onChange={() => setAnswers((before) => ({ ...before, [question.key]: choice.value }))}
                    />
                    <span>{either(choice.zh, choice.en)}</span>
                  </label>
                ))}
              </div>
            </fieldset>
          ))}
        </section>
      ))}
      <div className="sheet-end">
        <span className="muted num" role="status">
          {t("progressOf", { n: keys.length - missing.length, total: keys.length })}
        </span>
        <Button type="primary" htmlType="submit" size="large" loading={send.isPending}>
          {t("send")}
        </Button>
      </div>
      {asked && missing.length > 0 && (
        <p role="alert" className="form-error">
          {t("missing", { n: missing.length })}
        </p>
      )}
      {send.error && (
        <p role="alert" className="form-error">
          {errorText(send.error)}
        </p>
      )}
    </form>
  );
}
