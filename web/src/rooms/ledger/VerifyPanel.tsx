import { Alert, Button } from "antd";
import { moment, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import type { LedgerVerdict } from "@/app/types";
import { useLastVerification, useVerify } from "./queries";
import { words } from "./words";

const LISTED = 20;

/** Whether the ledger is what it was, and if not, what was changed and where. */
export function VerifyPanel() {
  const t = useWords(words);
  const errorText = useErrorText();
  const last = useLastVerification();
  const verify = useVerify();
  return (
    <section className="panel verification" aria-labelledby="verify-title">
      <div className="panel-head">
        <h2 id="verify-title">{t("verification")}</h2>
        <span className="muted">{t("verifyWhy")}</span>
        <div className="panel-tools">
          <Button type="primary" loading={verify.isPending} onClick={() => verify.mutate()}>
            {t("verify")}
          </Button>
        </div>
      </div>
      {verify.error && <Alert role="alert" type="error" showIcon title={errorText(verify.error)} />}
      <Loaded of={last} rows={1}>
        {(data) =>
          data === null ? <p className="muted">{t("neverVerified")}</p> : <Verdict verdict={data} />
        }
      </Loaded>
    </section>
  );
}

function Verdict({ verdict }: { verdict: LedgerVerdict }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const when = t("lastVerified", {
    at: moment(verdict.at ?? null),
    n: number(verdict.size, language),
    s: number(Math.max(0.1, Math.round((verdict.seconds ?? 0) * 10) / 10), language),
  });
  if (verdict.ok) {
    const title = t("verified", { n: number(verdict.size, language) });
    return <Alert role="status" type="success" showIcon title={title} description={when} />;
  }
  const findings = verdict.findings ?? [];
  return (
    <>
      <Alert
        role="alert"
        type="error"
        showIcon
        title={t("findings", { n: number(findings.length, language) })}
        description={when}
      />
      <Findings findings={findings.slice(0, LISTED)} />
      {findings.length > LISTED && <p className="muted">{t("more", { n: LISTED })}</p>}
    </>
  );
}

function Findings({ findings }: { findings: NonNullable<LedgerVerdict["findings"]> }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th>{t("what")}</th>
          <th>{t("where")}</th>
        </tr>
      </thead>
      <tbody>
        {findings.map((finding) => (
          <tr key={`${finding.kind} ${finding.where} ${finding.first}`}>
            <td>{pick({ text_zh: finding.zh, text_en: finding.en }, "text")}</td>
            <td className="mono break">{finding.where}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
