import { App, Button, Input, Modal, Radio } from "antd";
import { useId, useState } from "react";
import { moment } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { WarningDetail } from "@/app/types";
import { words as shared } from "@/app/words";
import { localInput, offeredHours } from "./countdown";
import { type MuteBody, useMuting, useStep } from "./queries";
import { words } from "./words";

const HOUR = 3_600_000;
const MUTE_DAYS = 14;
type What = "subject" | "rule" | "area" | "all";

interface QuietDialogProps {
  warning: WarningDetail;
  kind: "snooze" | "mute" | null;
  onClose: () => void;
}

/** Snooze this alert, or mute what is like it: until when, and why. Both are asked for, both are kept. */
export function QuietDialog({ warning, kind, onClose }: QuietDialogProps) {
  return kind === null ? null : <Quiet key={kind} warning={warning} kind={kind} onClose={onClose} />;
}

function Quiet({ warning, kind, onClose }: QuietDialogProps & { kind: "snooze" | "mute" }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const id = useId();
  const { message } = App.useApp();
  const most = kind === "snooze" ? warning.snooze_hours : MUTE_DAYS * 24;
  const [until, setUntil] = useState(() => localInput(new Date(Date.now() + HOUR)));
  const [reason, setReason] = useState("");
  const [what, setWhat] = useState<What>(warning.place ? "area" : "subject");
  const [tried, setTried] = useState(false);
  const step = useStep(warning);
  const muting = useMuting();
  const running = kind === "snooze" ? step : muting;
  const finish = () => {
    setTried(true);
    const end = new Date(until);
    if (!reason.trim() || Number.isNaN(end.getTime())) return;
    const done = { onSuccess: () => [message.success(t("done")), onClose()] };
    if (kind === "snooze") {
      step.mutate({ step: "snooze", until: end.toISOString(), note: reason.trim() }, done);
    } else {
      muting.mutate({ body: muteBody(warning, what, end, reason.trim()) }, done);
    }
  };
  const choices: { value: What; label: string }[] = [
    { value: "subject", label: t("muteSubject") },
    { value: "rule", label: t("muteRule", { rule: warning.rule }) },
    ...(warning.place
      ? [{ value: "area" as const, label: t("muteArea", { area: pick(warning.place, "name") }) }]
      : []),
    { value: "all", label: t("muteAll", { name: warning.enterprise_name }) },
  ];
  return (
    <Modal
      open
      title={t(kind)}
      okText={t(kind)}
      cancelText={s("cancel")}
      confirmLoading={running.isPending}
      onOk={finish}
      onCancel={onClose}
    >
      <p className="muted">{t(kind === "snooze" ? "snoozeLead" : "muteLead")}</p>
      {kind === "mute" && (
        <fieldset className="quiet-field">
          <legend>{t("muteWhat")}</legend>
          <Radio.Group
            className="quiet-choices"
            value={what}
            options={choices}
            onChange={(event) => setWhat(event.target.value)}
          />
        </fieldset>
      )}
      <div className="quiet-field">
        <label htmlFor={`${id}until`}>{t("until")}</label>
        <Input
          id={`${id}until`}
          type="datetime-local"
          value={until}
          onChange={(event) => setUntil(event.target.value)}
        />
        <div className="quiet-offers">
          {offeredHours(most).map((hours) => (
            <Button
              key={hours}
              size="small"
              onClick={() => setUntil(localInput(new Date(Date.now() + hours * HOUR)))}
            >
              {hours < 1
                ? t("minutes", { n: hours * 60 })
                : hours < 24
                  ? t("hours", { n: hours })
                  : t("days", { n: hours / 24 })}
            </Button>
          ))}
          <span className="muted">
            {t("atMost", { at: moment(new Date(Date.now() + most * HOUR).toISOString()) })}
          </span>
        </div>
      </div>
      <div className="quiet-field">
        <label htmlFor={`${id}why`}>{t("quietReason")}</label>
        <Input.TextArea
          id={`${id}why`}
          rows={2}
          maxLength={2000}
          value={reason}
          status={tried && !reason.trim() ? "error" : undefined}
          placeholder={t(kind === "snooze" ? "snoozePlaceholder" : "mutePlaceholder")}
          onChange={(event) => setReason(event.target.value)}
        />
        {tried && !reason.trim() && (
          <p role="alert" className="form-error">
            {t("quietReasonMissing")}
          </p>
        )}
      </div>
      {running.error && (
        <p role="alert" className="form-error">
          {errorText(running.error)}
        </p>
      )}
    </Modal>
  );
}

function muteBody(warning: WarningDetail, what: What, end: Date, reason: string): MuteBody {
  return {
    organisation_id: warning.enterprise_id,
    starts_at: new Date().toISOString(),
    ends_at: end.toISOString(),
    reason,
    rule: what === "subject" || what === "rule" ? warning.rule : "",
    subject_key: what === "subject" ? warning.subject_key : "",
    area_id: what === "area" ? warning.area_id : null,
  };
}
