import { App, Form, Input, InputNumber, Modal, Select } from "antd";
import { useEither, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useMe } from "@/rooms/accounts/session";
import { useEnter, useKinds } from "./queries";
import { words } from "./words";

interface Entry {
  enterprise_id: number;
  kind: string;
  level?: string;
  title_zh: string;
  words?: string;
}

/** Enters a hazard at the desk, found by an inspection. */
export function EnterDialog({ onClose, onDone }: { onClose: () => void; onDone: (id: number) => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const me = useMe();
  const kinds = useKinds();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [form] = Form.useForm<Entry>();
  const enter = useEnter();
  const own = me.organisation.kind !== "regulator";
  const rules = [{ required: true, message: t("needed") }];
  const finish = (entry: Entry) =>
    enter.mutate(
      { ...entry, enterprise_id: entry.enterprise_id ?? me.organisation.id, level: entry.level || null },
      {
        onSuccess: (made) => {
          message.success(t("entered"));
          onDone(made.id);
        },
      },
    );
  return (
    <Modal
      open
      title={t("enter")}
      okText={t("enter")}
      cancelText={s("cancel")}
      confirmLoading={enter.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" requiredMark={false} onFinish={finish}>
        {!own && (
          <Form.Item name="enterprise_id" label={t("enterpriseNo")} rules={rules}>
            <InputNumber min={1} precision={0} style={{ width: "100%" }} />
          </Form.Item>
        )}
        <Form.Item name="kind" label={t("kind")} rules={rules}>
          <Select
            showSearch={{ optionFilterProp: "label" }}
            options={(kinds.data ?? []).map((kind) => ({ value: kind.key, label: either(kind.zh, kind.en) }))}
          />
        </Form.Item>
        <Form.Item
          name="title_zh"
          label={t("enterWhat")}
          rules={[{ required: true, min: 2, message: t("needed") }]}
        >
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="words" label={t("enterWords")}>
          <Input.TextArea rows={3} maxLength={2000} />
        </Form.Item>
        <Form.Item name="level" label={t("level")} initialValue="">
          <Select
            options={[
              { value: "", label: t("byKind") },
              ...(["low", "medium", "high"] as const).map((one) => ({ value: one, label: t(one) })),
            ]}
          />
        </Form.Item>
      </Form>
      {enter.error && (
        <p role="alert" className="form-error">
          {errorText(enter.error)}
        </p>
      )}
    </Modal>
  );
}
