import { App, Form, Input, InputNumber, Modal, Radio, Select } from "antd";
import { useEither, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { HazardDetail } from "@/app/types";
import { words as shared } from "@/app/words";
import { useMe } from "@/rooms/accounts/session";
import { useHazardPeople, useHazardStep } from "./queries";
import { type Entry, needsWhy, requestOf, type Step } from "./steps";
import { words } from "./words";

export const STEP_WORD = {
  assign: "assign",
  transfer: "transfer",
  start: "start",
  fix: "fixWith",
  check: "check",
  confirm: "confirm",
  accept: "accept",
  contest: "contest",
  refuse: "refuse",
  reopen: "reopen",
  opinion_ask: "opinionAsk",
  opinion_give: "opinionGive",
  release: "release",
  level: "setLevel",
} as const satisfies Record<Step, keyof typeof words>;

const ASKS = {
  check: ["passes", "sendBack"],
  confirm: ["confirm", "notDone"],
  opinion_give: ["agree", "disagree"],
} as const;
const GIVES = ["assign", "transfer", "opinion_ask"];

interface StepDialogProps {
  hazard: HazardDetail;
  step: Step;
  onClose: () => void;
}

/** The form of one step: whom, yes or no, why. */
export function StepDialog({ hazard, step, onClose }: StepDialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [form] = Form.useForm<Entry>();
  const yes = Form.useWatch("yes", form) ?? true;
  const take = useHazardStep(hazard.id);
  const finish = (entry: Entry) =>
    take.mutate(requestOf(step, entry), {
      onSuccess: () => {
        message.success(t("done"));
        onClose();
      },
    });
  const asks = step in ASKS ? ASKS[step as keyof typeof ASKS] : null;
  const gives = GIVES.includes(step);
  const first = {
    yes: true,
    to: step === "assign" ? hazard.route_owner?.id : undefined,
    level: hazard.level,
  };
  return (
    <Modal
      open
      title={t(STEP_WORD[step])}
      okText={t(STEP_WORD[step])}
      cancelText={s("cancel")}
      confirmLoading={take.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {step === "refuse" && <p className="muted">{t("refuseWhy")}</p>}
      {step === "assign" && hazard.route_zh && <RouteLine hazard={hazard} />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={first} onFinish={finish}>
        {gives && <PersonField hazard={hazard} />}
        {asks && (
          <Form.Item name="yes" label={t(STEP_WORD[step])}>
            <Radio.Group
              options={[
                { value: true, label: t(asks[0]) },
                { value: false, label: t(asks[1]) },
              ]}
            />
          </Form.Item>
        )}
        {step === "level" && (
          <Form.Item name="level" label={t("level")}>
            <Radio.Group
              options={(["low", "medium", "high"] as const).map((one) => ({ value: one, label: t(one) }))}
            />
          </Form.Item>
        )}
        {(step === "assign" || step === "transfer") && (
          <Form.Item name="days" label={t("days")}>
            <InputNumber
              min={1}
              max={365}
              precision={0}
              placeholder={t("daysHint")}
              style={{ width: "100%" }}
            />
          </Form.Item>
        )}
        {step !== "level" && (
          <Form.Item
            name="note"
            label={step === "opinion_ask" ? t("question") : needsWhy(step, yes) ? t("why") : t("note")}
            rules={needsWhy(step, yes) ? [{ required: true, whitespace: true, message: t("whyNeeded") }] : []}
          >
            <Input.TextArea rows={3} maxLength={2000} />
          </Form.Item>
        )}
      </Form>
      {take.error && (
        <p role="alert" className="form-error">
          {errorText(take.error)}
        </p>
      )}
    </Modal>
  );
}

function RouteLine({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const either = useEither();
  return (
    <p className="muted">
      {t("route")} · {either(hazard.route_zh, hazard.route_en)}
    </p>
  );
}

function PersonField({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const me = useMe();
  const people = useHazardPeople(hazard.id, true);
  const own = {
    id: me.id,
    name: me.name,
    name_en: me.name_en,
    role: me.roles[0] ?? "",
    organisation_name: me.organisation.name,
  };
  const roleName = (role: string) => (role in shared ? s(role as keyof typeof shared) : role);
  return (
    <Form.Item name="to" label={t("to")} rules={[{ required: true, message: t("needed") }]}>
      <Select
        showSearch={{ optionFilterProp: "label" }}
        loading={people.isPending}
        notFoundContent={people.error ? errorText(people.error) : t("people")}
        options={[...(people.data ?? []), own].map((person) => ({
          value: person.id,
          label: `${either(person.name, person.name_en)} · ${roleName(person.role)} · ${person.organisation_name}`,
        }))}
      />
    </Form.Item>
  );
}
