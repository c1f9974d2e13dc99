import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input } from "antd";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { ask, useChange } from "./accounts";
import { words } from "./words";

interface Entry {
  old: string;
  new: string;
}

/** Changing one's own password. */
export function PasswordForm({ least }: { least: number }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm();
  const change = useChange(
    (entry: Entry) => ask.password({ old: entry.old, new: entry.new }),
    () => {
      message.success(t("passwordChanged"));
      form.resetFields();
      void client.invalidateQueries({ queryKey: ["me"] });
    },
  );
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={(entry: Entry) => change.mutate(entry)}
    >
      {change.error && (
        <Alert role="alert" type="error" showIcon title={errorText(change.error)} className="gap-below" />
      )}
      <Form.Item name="old" label={t("old")} rules={[{ required: true, message: t("passwordMissing") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <NewPassword least={least} />
      <Button type="primary" htmlType="submit" loading={change.isPending}>
        {t("change")}
      </Button>
    </Form>
  );
}

/** Two fields that must agree. What else the password has to be, the server says. */
export function NewPassword({ least }: { least: number }) {
  const t = useWords(words);
  return (
    <>
      <Form.Item
        name="new"
        label={t("new")}
        rules={[{ required: true, message: t("passwordMissing") }]}
        extra={least > 0 ? t("passwordRule", { n: least }) : undefined}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t("again")}
        dependencies={["new"]}
        rules={[
          { required: true, message: t("passwordMissing") },
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              !value || value === getFieldValue("new")
                ? Promise.resolve()
                : Promise.reject(new Error(t("differ"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
