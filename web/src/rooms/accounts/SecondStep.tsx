import { KeyOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Input } from "antd";
import { post } from "@/app/client";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { passkeysWork, showPasskey } from "./passkeys";
import { type Method, type Step, useSignIn } from "./session";
import { words } from "./words";

/** After the password: the code of the app, a recovery code, or a passkey. */
export function SecondStep({ methods, onBack }: { methods: Method[]; onBack: () => void }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const byCode = useSignIn(({ code }: { code: string }) => post<Step>("/auth/second-step", { code }));
  const byPasskey = useSignIn(() => showPasskey<Step>("/auth/second-step/passkey"));
  const error = byCode.error ?? byPasskey.error;
  const refused = byPasskey.isSuccess && byPasskey.data === null;
  return (
    <>
      <h1>{t("secondTitle")}</h1>
      <p className="muted">{t(methods.includes("totp") ? "secondLead" : "secondPasskeyLead")}</p>
      {error && <Alert role="alert" type="error" showIcon title={errorText(error)} className="gap-below" />}
      {refused && !error && (
        <Alert role="alert" type="info" showIcon title={t("passkeyRefused")} className="gap-below" />
      )}
      {methods.includes("webauthn") && passkeysWork() && (
        <Button
          block
          size="large"
          className="gap-below"
          type={methods.includes("totp") ? "default" : "primary"}
          icon={<KeyOutlined aria-hidden />}
          loading={byPasskey.isPending}
          onClick={() => byPasskey.mutate(undefined as never)}
        >
          {t("usePasskey")}
        </Button>
      )}
      <Form
        layout="vertical"
        requiredMark={false}
        onFinish={(entry: { code: string }) => byCode.mutate(entry)}
      >
        <Form.Item
          name="code"
          label={t("code")}
          rules={[{ required: true, min: 6, message: t("codeMissing") }]}
        >
          <Input autoFocus autoComplete="one-time-code" inputMode="numeric" maxLength={20} size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large" loading={byCode.isPending}>
          {t("submit")}
        </Button>
      </Form>
      <div className="other-ways">
        <Button type="link" onClick={onBack}>
          {t("startAgain")}
        </Button>
      </div>
    </>
  );
}
