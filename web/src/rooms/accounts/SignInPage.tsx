import { KeyOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { Navigate, useLocation, useSearchParams } from "react-router";
import { post } from "@/app/client";
import { usePick, useWords } from "@/app/i18n";
import { LanguageSwitch } from "@/app/LanguageSwitch";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useProviders } from "./accounts";
import { passkeysWork, showPasskey } from "./passkeys";
import { SecondStep } from "./SecondStep";
import { isSecondStep, type Method, type Step, useDemoAccounts, useSession, useSignIn } from "./session";
import { words } from "./words";
import "./accounts.css";

const PROBLEMS = ["not_mapped", "closed", "provider_failed"] as const;

export default function SignInPage() {
  const t = useWords(words);
  const errorText = useErrorText();
  const session = useSession();
  const [methods, setMethods] = useState<Method[] | null>(null);
  const from = (useLocation().state as { from?: string } | null)?.from ?? "/";
  const [search] = useSearchParams();
  const phone = search.get("next");
  // The phone app is a page of its own, outside this one's routes.
  const toPhone = session.data != null && phone?.startsWith("/w/") === true;
  useEffect(() => {
    if (toPhone && phone) window.location.replace(phone);
  }, [toPhone, phone]);
  if (toPhone) return null;
  if (session.data) return <Navigate to={from} replace />;
  return (
    <SignInFrame>
      {methods ? (
        <SecondStep methods={methods} onBack={() => setMethods(null)} />
      ) : (
        <>
          <h1>{t("title")}</h1>
          <p className="muted">{t("lead")}</p>
          {session.error && (
            <Alert
              role="alert"
              type="error"
              showIcon
              title={errorText(session.error)}
              className="gap-below"
            />
          )}
          <FirstStep from={from} onStep={(step) => isSecondStep(step) && setMethods(step.methods)} />
        </>
      )}
    </SignInFrame>
  );
}

/** The frame of pages before the sign-in. */
export function SignInFrame({ children }: { children: React.ReactNode }) {
  const s = useWords(shared);
  return (
    <div className="sign-in">
      <header className="sign-in-head">
        <span className="brand">
          {s("product")}
          <small>{s("productLine")}</small>
        </span>
        <LanguageSwitch />
      </header>
      <main className="sign-in-card">{children}</main>
    </div>
  );
}

function FirstStep({ from, onStep }: { from: string; onStep: (step: Step | null) => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const signIn = useSignIn();
  const byPasskey = useSignIn(() => showPasskey<Step>("/auth/passkey"));
  const demo = useDemoAccounts();
  const [search] = useSearchParams();
  const problem = PROBLEMS.find((one) => one === search.get("problem"));
  const error = signIn.error ?? byPasskey.error;
  const refused = byPasskey.isSuccess && byPasskey.data === null;
  const roleName = (role: string) => (role in shared ? s(role as keyof typeof shared) : role);
  const enter = (entry: { username: string; password: string }) =>
    signIn.mutate(entry, { onSuccess: onStep });
  return (
    <>
      {problem && !error && (
        <Alert role="alert" type="warning" showIcon title={t(problem)} className="gap-below" />
      )}
      {error && <Alert role="alert" type="error" showIcon title={errorText(error)} className="gap-below" />}
      {refused && !error && (
        <Alert role="alert" type="info" showIcon title={t("passkeyRefused")} className="gap-below" />
      )}
      <Form layout="vertical" requiredMark={false} onFinish={enter}>
        <Form.Item
          name="username"
          label={t("username")}
          rules={[{ required: true, whitespace: true, message: t("usernameMissing") }]}
        >
          <Input autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item
          name="password"
          label={t("password")}
          rules={[{ required: true, message: t("passwordMissing") }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large" loading={signIn.isPending}>
          {t("submit")}
        </Button>
      </Form>
      <div className="other-ways">
        {passkeysWork() && (
          <Button
            block
            icon={<KeyOutlined aria-hidden />}
            loading={byPasskey.isPending}
            onClick={() => byPasskey.mutate(undefined as never)}
          >
            {t("byPasskey")}
          </Button>
        )}
        <Providers from={from} />
      </div>
      {demo.data && demo.data.length > 0 && (
        <section className="demo-accounts" aria-labelledby="demo-title">
          <h2 id="demo-title">{t("demo")}</h2>
          <p className="muted">{t("demoLead")}</p>
          <div className="chips">
            {demo.data.map((account) => (
              <button
                type="button"
                className="chip"
                key={account.username}
                disabled={signIn.isPending}
                onClick={() => enter({ username: account.username, password: account.password })}
              >
                <strong>{roleName(account.role)}</strong>
                <span>{pick(account, "name")}</span>
              </button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}

function Providers({ from }: { from: string }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const providers = useProviders();
  const [error, setError] = useState<unknown>(null);
  const go = (id: string) =>
    post<{ address: string }>(`/auth/providers/${id}`, { next_path: from })
      .then(({ address }) => window.location.assign(address))
      .catch(setError);
  return (
    <>
      {(providers.data ?? []).map((one) => (
        <Button key={one.id} block onClick={() => go(one.id)}>
          {t("byProvider", { name: one.name })}
        </Button>
      ))}
      {error !== null && (
        <p role="alert" className="form-error">
          {errorText(error)}
        </p>
      )}
    </>
  );
}
