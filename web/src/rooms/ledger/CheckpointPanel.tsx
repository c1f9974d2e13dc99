import { Alert, Button } from "antd";
import { moment, number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import type { LedgerVerdict } from "@/app/types";
import { useCheckpoint, useVerify } from "./queries";
import { words } from "./words";

/** The ledger's state in one hash, and the button that proves it. */
export function CheckpointPanel() {
  const t = useWords(words);
  const { language } = useLanguage();
  const errorText = useErrorText();
  const checkpoint = useCheckpoint();
  const verify = useVerify();
  return (
    <section className="panel checkpoint" aria-labelledby="checkpoint-title">
      <div className="panel-head">
        <h2 id="checkpoint-title">{t("checkpoint")}</h2>
        <span className="muted">{t("verifyWhy")}</span>
        <div className="panel-tools">
          <Button type="primary" loading={verify.isPending} onClick={() => verify.mutate()}>
            {t("verify")}
          </Button>
        </div>
      </div>
      <Loaded of={checkpoint} rows={2}>
        {(data) => (
          <dl className="pairs">
            <div>
              <dt>{t("size")}</dt>
              <dd className="num">{number(data.size, language)}</dd>
            </div>
            <div>
              <dt>{t("root")}</dt>
              <dd className="mono break">{data.root_hash}</dd>
            </div>
            <div>
              <dt>{t("at")}</dt>
              <dd className="num">{moment(data.at)}</dd>
            </div>
          </dl>
        )}
      </Loaded>
      {verify.data && <Verdict verdict={verify.data} />}
      {verify.error && <Alert role="alert" type="error" showIcon title={errorText(verify.error)} />}
    </section>
  );
}

function Verdict({ verdict }: { verdict: LedgerVerdict }) {
  const t = useWords(words);
  const { language } = useLanguage();
  if (verdict.ok) {
    return (
      <Alert
        role="status"
        type="success"
        showIcon
        title={t("verified", { n: number(verdict.size, language) })}
      />
    );
  }
  const title =
    verdict.first_bad_index === null ? t("brokenPlain") : t("broken", { n: verdict.first_bad_index });
  return <Alert role="alert" type="error" showIcon title={title} description={verdict.reason} />;
}
