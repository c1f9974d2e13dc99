import { App, Button, Pagination } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { moment, number, shortHash } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { LedgerEntry } from "@/app/types";
import { CheckpointPanel } from "./CheckpointPanel";
import { ProofDrawer } from "./ProofDrawer";
import { PAGE_SIZE, proofFile, useEntries } from "./queries";
import { VerifyPanel } from "./VerifyPanel";
import { words } from "./words";

export default function LedgerPage() {
  const t = useWords(words);
  const { language } = useLanguage();
  const phone = usePhone();
  const [search, setSearch] = useSearchParams();
  const page = Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1);
  const subject = search.get("subject") ?? "";
  const entries = useEntries(page, subject);
  const [proving, setProving] = useState<LedgerEntry | null>(null);
  const go = (to: { page?: number; subject?: string }) => {
    const next = new URLSearchParams();
    if (to.subject) next.set("subject", to.subject);
    if (to.page && to.page > 1) next.set("page", String(to.page));
    setSearch(next, { replace: true });
  };
  const Rows = phone ? EntryCards : EntryTable;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      <CheckpointPanel />
      <VerifyPanel />
      <section className="panel" aria-labelledby="entries-title">
        <div className="panel-head">
          <h2 id="entries-title">{t("entries")}</h2>
          <span className="muted num">
            {entries.data && t("total", { n: number(entries.data.total, language) })}
          </span>
          {subject && (
            <div className="panel-tools">
              <span className="mono">{t("onlyRecord", { subject })}</span>
              <a href={proofFile({ subject })} download>
                {t("file")}
              </a>
              <Button size="small" onClick={() => go({})}>
                {t("allEntries")}
              </Button>
            </div>
          )}
        </div>
        <Loaded of={entries} rows={12}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState text={t("none")} />
            ) : (
              <div className={entries.isPlaceholderData ? "stale" : undefined}>
                <Rows
                  items={data.items}
                  onProve={setProving}
                  onRecord={(record) => go({ subject: record })}
                />
                {data.total > PAGE_SIZE && (
                  <Pagination
                    className="pager"
                    align="end"
                    size="small"
                    simple={phone}
                    current={page}
                    pageSize={PAGE_SIZE}
                    total={data.total}
                    showSizeChanger={false}
                    onChange={(to) => go({ page: to, subject })}
                  />
                )}
              </div>
            )
          }
        </Loaded>
      </section>
      <ProofDrawer entry={proving} onClose={() => setProving(null)} />
    </div>
  );
}

interface RowsProps {
  items: LedgerEntry[];
  onProve: (entry: LedgerEntry) => void;
  onRecord: (subject: string) => void;
}

function EntryTable({ items, onProve, onRecord }: RowsProps) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th className="right">{t("index")}</th>
          <th>{t("at")}</th>
          <th>{t("what")}</th>
          <th>{t("record")}</th>
          <th>{t("action")}</th>
          <th>{t("leaf")}</th>
          <th aria-label={t("proof")} />
        </tr>
      </thead>
      <tbody>
        {items.map((entry) => (
          <tr key={entry.index}>
            <td className="right num">{entry.index}</td>
            <td className="num nowrap">{moment(entry.at)}</td>
            <td>{pick(entry, "sentence")}</td>
            <td>
              <Record subject={entry.subject} onRecord={onRecord} />
            </td>
            <td className="mono muted">{entry.action}</td>
            <td>
              <Hash value={entry.leaf_hash} />
            </td>
            <td className="right">
              <Button size="small" onClick={() => onProve(entry)}>
                {t("proof")}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EntryCards({ items, onProve, onRecord }: RowsProps) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <ul className="cards">
      {items.map((entry) => (
        <li key={entry.index} className="card">
          <span className="item-line muted num">
            <b>#{entry.index}</b> {moment(entry.at)}
          </span>
          <span>{pick(entry, "sentence")}</span>
          <span className="card-figures">
            <Record subject={entry.subject} onRecord={onRecord} />
            <Hash value={entry.leaf_hash} />
            <Button size="small" onClick={() => onProve(entry)}>
              {t("proof")}
            </Button>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The record that an entry is about; leads to all its entries. Loads and the like are about none. */
function Record({ subject, onRecord }: { subject: string; onRecord: (subject: string) => void }) {
  const t = useWords(words);
  if (subject.endsWith(":")) return null;
  return (
    <button
      type="button"
      className="link-button mono"
      aria-label={t("onlyRecord", { subject })}
      onClick={() => onRecord(subject)}
    >
      {subject}
    </button>
  );
}

function Hash({ value }: { value: string }) {
  const t = useWords(words);
  const { message } = App.useApp();
  return (
    <button
      type="button"
      className="link-button mono"
      title={value}
      aria-label={`${t("copy")} ${shortHash(value)}`}
      onClick={() => navigator.clipboard?.writeText(value).then(() => message.success(t("copied")))}
    >
      {shortHash(value)}
    </button>
  );
}
