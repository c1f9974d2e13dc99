import { App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useEither, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { WarningDetail } from "@/app/types";
import { words as shared } from "@/app/words";
import { useMay, usePeople } from "@/rooms/accounts/session";
import { type Step, useStep } from "./queries";
import { allowedSteps } from "./steps";
import { words } from "./words";

interface Entry {
  to?: number;
  note?: string;
}
const LEADS = { acknowledge: "acknowledgeLead", hand_on: "handOnLead", resolve: "resolveLead" } as const;

/** The next steps that the state and the person's role allow. */
export function WarningActions({ warning }: { warning: WarningDetail }) {
  const t = useWords(words);
  const [step, setStep] = useState<Step | null>(null);
  const acknowledges = useMay("warning.acknowledge");
  const handsOn = useMay("warning.hand_on");
  if (warning.state === "resolved") return null;
  const steps = allowedSteps(warning.state, acknowledges, handsOn);
  if (steps.length === 0) return <p className="muted">{t("mayNot")}</p>;
  return (
    <div className="actions">
      {steps.map((one, index) => (
        <Button key={one} type={index === 0 ? "primary" : "default"} onClick={() => setStep(one)}>
          {t(one)}
        </Button>
      ))}
      <StepDialog warning={warning} step={step} onClose={() => setStep(null)} />
    </div>
  );
}

interface StepDialogProps {
  warning: WarningDetail;
  step: Step | null;
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
          rules={step === "resolve" ? [{ required: true, whitespace: true, message: t("noteMissing") }] : []}
        >
          <Input.TextArea
            rows={3}
            maxLength={2000}
            placeholder={step === "resolve" ? t("resolvePlaceholder") : t("notePlaceholder")}
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
