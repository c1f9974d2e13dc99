import { Button, Form, Input } from "antd";
import { useWords } from "@/app/i18n";
import { LanguageSwitch } from "@/app/LanguageSwitch";
import { useErrorText } from "@/app/states";
import type { Claim } from "@/app/types";
import { words as shared } from "@/app/words";
import { useClaim } from "./queries";
import { words } from "./words";
import "./participation.css";

/** For the holder of a private code: no sign-in, no name. */
export default function ClaimPage() {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const claim = useClaim();
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
        <h1>{t("claimTitle")}</h1>
        <p className="muted">{t("claimLead")}</p>
        <Form
          layout="vertical"
          requiredMark={false}
          onFinish={({ code }: { code: string }) => claim.mutate(code)}
        >
          <Form.Item
            name="code"
            label={t("code")}
            rules={[{ required: true, whitespace: true, message: t("required") }]}
          >
            <Input autoFocus autoComplete="off" spellCheck={false} maxLength={40} className="mono" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block size="large" loading={claim.isPending}>
            {t("claim")}
          </Button>
        </Form>
        <div aria-live="polite">
          {claim.error && <p className="form-error claim-answer">{errorText(claim.error)}</p>}
          {claim.data && !claim.error && <Answer claim={claim.data} />}
        </div>
      </main>
    </div>
  );
}

function Answer({ claim }: { claim: Claim }) {
  const t = useWords(words);
  if (claim.state !== "waiting")
    return <p className="claim-answer">{t(claim.state === "paid" ? "claimPaid" : "claimNone")}</p>;
  return (
    <div className="claim-answer">
      <p>{t("claimNumber", { amount: claim.amount ?? 0 })}</p>
      <p className="claim-number mono">{claim.number}</p>
      <p className="muted">{t("claimOnce")}</p>
    </div>
  );
}
