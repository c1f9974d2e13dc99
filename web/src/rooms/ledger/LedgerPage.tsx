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
import { PAGE_SIZE, useEntries } from "./queries";
import { words } from "./words";

export default function LedgerPage() {
  const t = useWords(words);
  const { language } = useLanguage();
  const phone = usePhone();
  const [search, setSearch] = useSearchParams();
  const page = Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1);
  const entries = useEntries(page);
  const [proving, setProving] = useState<number | null>(null);
  const Rows = phone ? EntryCards : EntryTable;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      <CheckpointPanel />
      <section className="panel" aria-labelledby="entries-title">
        <div className="panel-head">
          <h2 id="entries-title">{t("entries")}</h2>
          <span className="muted num">
            {entries.data && t("total", { n: number(entries.data.total, language) })}
          </span>
        </div>
        <Loaded of={entries} rows={12}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState text={t("none")} />
            ) : (
              <div className={entries.isPlaceholderData ? "stale" : undefined}>
                <Rows items={data.items} onProve={setProving} />
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
                    onChange={(to) => setSearch(to > 1 ? { page: String(to) } : {}, { replace: true })}
                  />
                )}
              </div>
            )
          }
        </Loaded>
      </section>
      <ProofDrawer index={proving} onClose={() => setProving(null)} />
    </div>
  );
}

interface RowsProps {
  items: LedgerEntry[];
  onProve: (index: number) => void;
}

function EntryTable({ items, onProve }: RowsProps) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th className="right">{t("index")}</th>
          <th>{t("at")}</th>
          <th>{t("what")}</th>
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
            <td className="mono muted">{entry.action}</td>
            <td>
              <Hash value={entry.leaf_hash} />
            </td>
            <td className="right">
              <Button size="small" onClick={() => onProve(entry.index)}>
                {t("proof")}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EntryCards({ items, onProve }: RowsProps) {
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
            <Hash value={entry.leaf_hash} />
            <Button size="small" onClick={() => onProve(entry.index)}>
              {t("proof")}
            </Button>
          </span>
        </li>
      ))}
    </ul>
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
