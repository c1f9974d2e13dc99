import { Alert, Drawer } from "antd";
import { usePhone } from "@/app/device";
import { useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { LedgerEntry, LedgerProof } from "@/app/types";
import { proofFile, useProof, useProofCheck } from "./queries";
import { words } from "./words";

/** That one entry stands in the ledger, worked out again in the reader's own browser. */
export function ProofDrawer({ entry, onClose }: { entry: LedgerEntry | null; onClose: () => void }) {
  const t = useWords(words);
  const phone = usePhone();
  const proof = useProof(entry?.index ?? null);
  return (
    <Drawer
      open={entry !== null}
      onClose={onClose}
      size={phone ? "100%" : 620}
      destroyOnHidden
      title={entry === null ? "" : t("proofOf", { n: entry.index })}
    >
      {entry && <Files entry={entry} />}
      <Loaded of={proof} rows={8}>
        {(data) => <Proof proof={data} />}
      </Loaded>
    </Drawer>
  );
}

/** What can be given to somebody who doesn't trust the platform. */
function Files({ entry }: { entry: LedgerEntry }) {
  const t = useWords(words);
  return (
    <section className="proof-files" aria-label={t("file")}>
      <p className="muted">{t("fileWhy")}</p>
      <ul>
        <li>
          <a href={proofFile({ index: entry.index })} download>
            {t("downloadEntry")}
          </a>
        </li>
        {!entry.subject.endsWith(":") && (
          <li>
            <a href={proofFile({ subject: entry.subject })} download>
              {t("downloadRecord", { subject: entry.subject })}
            </a>
          </li>
        )}
        <li>
          <a href="/proof" target="_blank" rel="noreferrer">
            {t("outsiders")}
          </a>
        </li>
      </ul>
    </section>
  );
}

function Proof({ proof }: { proof: LedgerProof }) {
  const t = useWords(words);
  const check = useProofCheck(proof);
  return (
    <>
      <p className="muted">{t("proofWhy")}</p>
      {check.data === undefined && <Alert type="info" title={t("proofChecking")} />}
      {check.data === true && <Alert role="status" type="success" showIcon title={t("proofHolds")} />}
      {check.data === false && <Alert role="alert" type="error" showIcon title={t("proofFails")} />}
      {check.data === null && <Alert type="warning" showIcon title={t("proofNoCrypto")} />}
      <dl className="pairs pairs-stacked">
        <div>
          <dt>{t("leaf")}</dt>
          <dd className="mono break">{proof.leaf_hash}</dd>
        </div>
        <div>
          <dt>{t("path", { n: proof.path.length })}</dt>
          <dd>
            {proof.path.length === 0 ? (
              t("pathNone")
            ) : (
              <ol className="hash-path">
                {proof.path.map((hash) => (
                  <li key={hash} className="mono break">
                    {hash}
                  </li>
                ))}
              </ol>
            )}
          </dd>
        </div>
        <div>
          <dt>{t("root")}</dt>
          <dd className="mono break">{proof.root_hash}</dd>
        </div>
        <div>
          <dt>{t("size")}</dt>
          <dd className="num">{proof.size}</dd>
        </div>
      </dl>
    </>
  );
}
