import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form } from "antd";
import { useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import type { components } from "@/app/api";
import { ApiError, get, post } from "@/app/client";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import { NewPassword } from "./PasswordForm";
import { SecondStep } from "./SecondStep";
import { SignInFrame } from "./SignInPage";
import { isSecondStep, type Method, type Step, useSession, useSignIn } from "./session";
import { words } from "./words";

type Seen = components["schemas"]["InvitationSeen"];

/** Where a one-time link leads: whom it is for, and a password to set. The token stands behind '#'. */
export default function InvitePage() {
  const t = useWords(words);
  const token = useLocation().hash.slice(1);
  const errorText = useErrorText();
  const session = useSession();
  const [methods, setMethods] = useState<Method[] | null>(null);
  const seen = useQuery({
    queryKey: ["invitation", token],
    enabled: token !== "",
    retry: false,
    queryFn: async ({ signal }) => {
      await get("/auth/me", signal).catch(() => undefined); // brings the cookie that a POST has to carry
      return post<Seen>("/auth/invitations/look", { token });
    },
  });
  const over = seen.error instanceof ApiError && seen.error.status === 404;
  if (session.data && !seen.data) return <Navigate to="/" replace />;
  if (methods)
    return (
      <SignInFrame>
        <SecondStep methods={methods} onBack={() => setMethods(null)} />
      </SignInFrame>
    );
  return (
    <SignInFrame>
      <h1>{t("inviteTitle")}</h1>
      {token === "" ? (
        <Alert role="alert" type="warning" showIcon title={t("inviteMissing")} />
      ) : over ? (
        <>
          <Alert role="alert" type="warning" showIcon title={errorText(seen.error)} className="gap-below" />
          <Link to="/sign-in">{t("toSignIn")}</Link>
        </>
      ) : (
        <Loaded of={seen} rows={4}>
          {(found) => <Accept seen={found} token={token} onMethods={setMethods} />}
        </Loaded>
      )}
    </SignInFrame>
  );
}

function Accept({ seen, token, onMethods }: { seen: Seen; token: string; onMethods: (m: Method[]) => void }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const accept = useSignIn((entry: { new: string }) =>
    post<Step>("/auth/invitations/accept", { token, password: entry.new }),
  );
  const names = { name: seen.name, username: seen.username };
  if (accept.data && !isSecondStep(accept.data)) return <Navigate to="/" replace />;
  return (
    <>
      <p>{t(seen.kind === "first" ? "inviteFirst" : "inviteReset", names)}</p>
      <p className="muted">
        {seen.organisation_name} · {t("inviteUntil", { at: moment(seen.expires_at) })}
      </p>
      {accept.error && (
        <Alert role="alert" type="error" showIcon title={errorText(accept.error)} className="gap-below" />
      )}
      <Form
        layout="vertical"
        requiredMark={false}
        onFinish={(entry: { new: string }) =>
          accept.mutate(entry, {
            onSuccess: (step) => isSecondStep(step) && onMethods(step.methods),
          })
        }
      >
        <input type="text" autoComplete="username" value={seen.username} readOnly hidden />
        <NewPassword least={0} />
        <Button type="primary" htmlType="submit" block size="large" loading={accept.isPending}>
          {t("setAndEnter")}
        </Button>
      </Form>
    </>
  );
}
