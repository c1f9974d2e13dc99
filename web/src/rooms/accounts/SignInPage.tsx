import { Alert, Button, Form, Input } from "antd";
import { Navigate, useLocation } from "react-router";
import { usePick, useWords } from "@/app/i18n";
import { LanguageSwitch } from "@/app/LanguageSwitch";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useDemoAccounts, useSession, useSignIn } from "./session";
import { words } from "./words";

export default function SignInPage() {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const session = useSession();
  const signIn = useSignIn();
  const demo = useDemoAccounts();
  const from = (useLocation().state as { from?: string } | null)?.from ?? "/";
  if (session.data) return <Navigate to={from} replace />;

  const roleName = (role: string) => (role in shared ? s(role as keyof typeof shared) : role);
  return (
    <div className="sign-in">
      <header className="sign-in-head">
        <span className="brand">
          {s("product")}
          <small>{s("productLine")}</small>
        </span>
        <LanguageSwitch />
      </header>
      <main className="sign-in-card">
        <h1>{t("title")}</h1>
        <p className="muted">{t("lead")}</p>
        {signIn.error && (
          <Alert role="alert" type="error" showIcon title={errorText(signIn.error)} className="gap-below" />
        )}
        {session.error && !signIn.error && (
          <Alert role="alert" type="error" showIcon title={errorText(session.error)} className="gap-below" />
        )}
        <Form
          layout="vertical"
          requiredMark={false}
          onFinish={(entry: { username: string; password: string }) => signIn.mutate(entry)}
        >
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
                  onClick={() => signIn.mutate({ username: account.username, password: account.password })}
                >
                  <strong>{roleName(account.role)}</strong>
                  <span>{pick(account, "name")}</span>
                </button>
              ))}
            </div>
          </section>
        )}
      </main>
    </div>
  );
}
