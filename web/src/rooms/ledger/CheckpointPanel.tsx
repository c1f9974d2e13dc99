import { App, Button } from "antd";
import { moment, number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { LedgerWitness, SignedCheckpoint } from "@/app/types";
import { useSigned } from "./queries";
import { words } from "./words";

/** What the ledger last signed, by which key, and who else put their name to it. */
export function CheckpointPanel() {
  const t = useWords(words);
  const signed = useSigned();
  return (
    <section className="panel checkpoint" aria-labelledby="checkpoint-title">
      <div className="panel-head">
        <h2 id="checkpoint-title">{t("checkpoint")}</h2>
        <div className="panel-tools">
          <a href="/proof" target="_blank" rel="noreferrer">
            {t("outsiders")}
          </a>
          {signed.data?.note && <CopyNote note={signed.data.note} />}
        </div>
      </div>
      <p className="muted">{t("checkpointWhy")}</p>
      <Loaded of={signed} rows={4}>
        {(data) => (data.size === 0 ? <p className="muted">{t("notSigned")}</p> : <Signed data={data} />)}
      </Loaded>
    </section>
  );
}

function Signed({ data }: { data: SignedCheckpoint }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <dl className="pairs pairs-stacked">
      <div>
        <dt>{t("signed")}</dt>
        <dd className="num">
          {t("signedSize", { n: number(data.size, language), at: moment(data.at) })}
          {data.behind > 0 && (
            <span className="muted"> {t("behind", { n: number(data.behind, language) })}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("root")}</dt>
        <dd className="mono break">{data.root_hash}</dd>
      </div>
      <div>
        <dt>{t("key")}</dt>
        <dd>
          <span className="mono break">{data.key}</span>
          <br />
          <span className="muted">{t("keyWhy")}</span>
        </dd>
      </div>
      <div>
        <dt>{t("witnesses")}</dt>
        <dd>
          {data.witnesses.length === 0 ? (
            <span className="muted">{t("noWitness")}</span>
          ) : (
            <ul className="witness-list">
              {data.witnesses.map((row) => (
                <WitnessLine key={row.name} row={row} />
              ))}
            </ul>
          )}
        </dd>
      </div>
    </dl>
  );
}

function WitnessLine({ row }: { row: LedgerWitness }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <li>
      <span className="mono break">{row.name}</span>{" "}
      <span className="muted num">
        {row.cosigned_at
          ? t("cosigned", { n: number(row.size, language), at: moment(row.cosigned_at) })
          : t("notYet")}
      </span>
      {row.problem && (
        <div className="break" role="alert" lang="en">
          {row.problem}
        </div>
      )}
    </li>
  );
}

function CopyNote({ note }: { note: string }) {
  const t = useWords(words);
  const { message } = App.useApp();
  return (
    <Button
      size="small"
      onClick={() => navigator.clipboard?.writeText(note).then(() => message.success(t("copied")))}
    >
      {t("copyNote")}
    </Button>
  );
}
