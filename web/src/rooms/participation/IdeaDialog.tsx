import { App, Checkbox, Form, Input, Modal } from "antd";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type IdeaEntry, usePropose } from "./queries";
import { words } from "./words";

interface DialogProps {
  smallestGroup: number;
  onClose: () => void;
  onDone: (id: number) => void;
}

export function IdeaDialog({ smallestGroup, onClose, onDone }: DialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [form] = Form.useForm<IdeaEntry>();
  const propose = usePropose();
  const finish = (entry: IdeaEntry) =>
    propose.mutate(entry, {
      onSuccess: (made) => {
        message.success(t("proposed_done"));
        onDone(made.id);
      },
    });
  const rules = (least: number) => [
    { required: true, whitespace: true, message: t("required") },
    { min: least, message: t("tooShort", { n: least }) },
  ];
  return (
    <Modal
      open
      title={t("propose")}
      okText={t("propose")}
      cancelText={s("cancel")}
      confirmLoading={propose.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="muted gap-below-small">{t("proposeLead")}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ show_author: true }}
        onFinish={finish}
      >
        <Form.Item name="title" label={t("ideaTitle")} rules={rules(4)}>
          <Input maxLength={120} placeholder={t("ideaTitleHint")} autoFocus />
        </Form.Item>
        <Form.Item name="problem" label={t("problem")} rules={rules(6)}>
          <Input.TextArea rows={2} maxLength={4000} placeholder={t("problemHint")} />
        </Form.Item>
        <Form.Item name="idea" label={t("idea")} rules={rules(6)}>
          <Input.TextArea rows={3} maxLength={4000} placeholder={t("ideaHint")} />
        </Form.Item>
        <Form.Item
          name="show_author"
          valuePropName="checked"
          extra={t("showAuthorWhy", { n: smallestGroup })}
        >
          <Checkbox>{t("showAuthor")}</Checkbox>
        </Form.Item>
      </Form>
      {propose.error && (
        <p role="alert" className="form-error">
          {errorText(propose.error)}
        </p>
      )}
    </Modal>
  );
}
