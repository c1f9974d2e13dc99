import { App, DatePicker, Form, Input, InputNumber, Modal } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { Idea, IdeaStepKind } from "@/app/types";
import { words as shared } from "@/app/words";
import { useStep } from "./queries";
import { words } from "./words";

interface Entry {
  where?: string;
  until?: Dayjs;
  measure?: string;
  text?: string;
  before?: number | null;
  after?: number | null;
}

/** The next step of an idea, with what it asks for. */
export function StepDialog({ idea, kind, onClose }: { idea: Idea; kind: IdeaStepKind; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [form] = Form.useForm<Entry>();
  const take = useStep(idea.id);
  const finish = (entry: Entry) =>
    take.mutate(
      { ...entry, kind, until: entry.until?.format("YYYY-MM-DD") ?? null },
      {
        onSuccess: () => {
          message.success(t("stepDone"));
          onClose();
        },
      },
    );
  const needed = [{ required: true, whitespace: true, message: t("required") }];
  return (
    <Modal
      open
      title={t(`step_${kind}`)}
      okText={t(`step_${kind}`)}
      cancelText={s("cancel")}
      confirmLoading={take.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" requiredMark={false} onFinish={finish}>
        {kind === "trial" ? (
          <>
            <Form.Item name="where" label={t("where")} rules={needed}>
              <Input maxLength={200} autoFocus />
            </Form.Item>
            <Form.Item name="until" label={t("until")} rules={[{ required: true, message: t("required") }]}>
              <DatePicker
                className="full"
                minDate={dayjs().add(1, "day")}
                maxDate={dayjs().add(366, "day")}
              />
            </Form.Item>
            <Form.Item name="measure" label={t("measure")} rules={needed}>
              <Input maxLength={400} />
            </Form.Item>
          </>
        ) : (
          <Form.Item
            name="text"
            label={t(`text_${kind}`)}
            rules={[...needed, { min: 6, message: t("tooShort", { n: 6 }) }]}
          >
            <Input.TextArea rows={3} maxLength={4000} autoFocus />
          </Form.Item>
        )}
        {kind === "result" && (
          <div className="two-fields">
            <Form.Item name="before" label={t("before")}>
              <InputNumber className="full" />
            </Form.Item>
            <Form.Item name="after" label={t("after")}>
              <InputNumber className="full" />
            </Form.Item>
          </div>
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
