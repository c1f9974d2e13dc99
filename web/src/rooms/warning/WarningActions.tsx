import { App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useEither, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { useErrorText } from "@/app/states";
import type { WarningDetail } from "@/app/types";
import { words as shared } from "@/app/words";
import { usePeople } from "@/rooms/accounts/session";
import { QuietDialog } from "./QuietDialog";
import { isEnded, type PlainStep, type Step, useStep } from "./queries";
import { words } from "./words";

interface Entry {
  to?: number;
  note?: string;
}
const LEADS = {
  acknowledge: "acknowledgeLead",
  hand_on: "handOnLead",
  resolve: "resolveLead",
  close: "closeLead",
  wake: "wakeLead",
} as const;
const NEEDS_NOTE: readonly PlainStep[] = ["resolve", "close"];
export const KEYS: Partial<Record<Step, string>> = {
  acknowledge: "a",
  hand_on: "h",
  snooze: "z",
  mute: "m",
  resolve: "r",
};

/** The next steps that the state and the person's role allow: the server says which. Each has its key. */
export function WarningActions({ warning }: { warning: WarningDetail }) {
  const t = useWords(words);
  const [step, setStep] = useState<Step | null>(null);
  const steps = warning.may;
  useKeys(
    Object.fromEntries(
      steps.flatMap((one) => {
        const key = KEYS[one];
        return key ? [[key, () => setStep(one)]] : [];
      }),
    ),
  );
  if (steps.length === 0) {
    return isEnded(warning.state) ? null : <p className="muted">{t("mayNot")}</p>;
  }
  const close = () => setStep(null);
  return (
    <div className="actions">
      {steps.map((one, index) => (
        <Button
          key={one}
          type={index === 0 && !isEnded(warning.state) ? "primary" : "default"}
          aria-keyshortcuts={KEYS[one]}
          onClick={() => setStep(one)}
        >
          {t(one)}
        </Button>
      ))}
      <StepDialog
        warning={warning}
        step={step === "snooze" || step === "mute" ? null : step}
        onClose={close}
      />
      <QuietDialog
        warning={warning}
        kind={step === "snooze" || step === "mute" ? step : null}
        onClose={close}
      />
    </div>
  );
}

interface StepDialogProps {
  warning: WarningDetail;
  step: PlainStep | null;
  onClose: () => void;
}

function StepDialog({ warning, step, onClose }: StepDialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [form] = Form.useForm<Entry>();
  const take = useStep(warning);
  const people = usePeople(String(warning.enterprise_id), step === "hand_on");
  const close = () => {
    take.reset();
    onClose();
  };
  const finish = (entry: Entry) => {
    if (!step) return;
    const body = { step, note: entry.note?.trim() ?? "", ...(step === "hand_on" ? { to: entry.to } : {}) };
    take.mutate(body, {
      onSuccess: () => {
        message.success(t("done"));
        close();
      },
    });
  };
  const needsNote = step !== null && NEEDS_NOTE.includes(step);
  const roleName = (role: string) => (role in shared ? s(role as keyof typeof shared) : role);
  return (
    <Modal
      open={step !== null}
      title={step ? t(step) : ""}
      okText={step ? t(step) : ""}
      cancelText={s("cancel")}
      confirmLoading={take.isPending}
      onOk={() => form.submit()}
      onCancel={close}
      destroyOnHidden
    >
      <p className="muted">{step && t(LEADS[step])}</p>
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={finish}>
        {step === "hand_on" && (
          <Form.Item name="to" label={t("to")} rules={[{ required: true, message: t("toMissing") }]}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              loading={people.isPending}
              notFoundContent={people.error ? errorText(people.error) : t("peopleNone")}
              options={(people.data ?? []).map((person) => ({
                value: person.id,
                label: `${either(person.name, person.name_en)} · ${roleName(person.role)} · ${person.organisation_name}`,
              }))}
            />
          </Form.Item>
        )}
        <Form.Item
          name="note"
          label={s("note")}
          rules={
            needsNote
              ? [
                  {
                    required: true,
                    whitespace: true,
                    message: t(step === "close" ? "closeNoteMissing" : "noteMissing"),
                  },
                ]
              : []
          }
        >
          <Input.TextArea
            rows={3}
            maxLength={2000}
            placeholder={t(
              step === "resolve" ? "resolvePlaceholder" : needsNote ? "closePlaceholder" : "notePlaceholder",
            )}
          />
        </Form.Item>
      </Form>
      {take.error && (
        <p role="alert" className="form-error">
          {errorText(take.error)}
        </p>
      )}
    </Modal>
  );
}
