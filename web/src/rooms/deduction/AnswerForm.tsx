import { App, Button, Input, Radio } from "antd";
import { useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { AnswerResult } from "@/app/types";
import { words as shared } from "@/app/words";
import { useAnswer } from "./queries";
import { words } from "./words";

const RESULTS: AnswerResult[] = ["confirmed", "not_found", "not_applicable"];
const NOTE_LIMIT = 2000;

/** The person's verdict on one hazard point. */
export function AnswerForm({ pointId, enterpriseId }: { pointId: string; enterpriseId: string }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const answer = useAnswer(pointId, enterpriseId);
  const [result, setResult] = useState<AnswerResult | null>(null);
  const [note, setNote] = useState("");
  const submit = () => {
    if (!result) return;
    answer.mutate(
      { result, note: note.trim() },
      {
        onSuccess: (kept) => {
          setResult(null);
          setNote("");
          message.success(t("saved", { n: kept.ledger_index }));
        },
      },
    );
  };
  return (
    <form
      className="answer-form"
      aria-label={t("answer")}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="answer-head">
        <b>{t("answer")}</b>
        <small className="muted">{t("answerWhy")}</small>
      </div>
      <Radio.Group
        value={result}
        optionType="button"
        buttonStyle="solid"
        aria-label={t("answer")}
        onChange={(event) => setResult(event.target.value as AnswerResult)}
        options={RESULTS.map((one) => ({ value: one, label: t(one) }))}
      />
      <Input.TextArea
        value={note}
        rows={2}
        maxLength={NOTE_LIMIT}
        aria-label={s("note")}
        placeholder={t("notePlaceholder")}
        onChange={(event) => setNote(event.target.value)}
      />
      {answer.error && (
        <p role="alert" className="form-error">
          {errorText(answer.error)}
        </p>
      )}
      <Button
        type="primary"
        htmlType="submit"
        disabled={!result}
        title={result ? undefined : t("choose")}
        loading={answer.isPending}
      >
        {t("save")}
      </Button>
    </form>
  );
}
