import { App, Button, Drawer, Input, Select } from "antd";
import { useState } from "react";
import { usePhone } from "@/app/device";
import { moment, number, percent } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { BulkAccept, CaseProgress, ClassOffer } from "@/app/types";
import { useBulkAccept, useBulkAccepts, useBulkPreview, useBulkUndo, useClasses } from "./queries";
import { words } from "./words";

interface BulkDrawerProps {
  open: boolean;
  facets: CaseProgress["facets"];
  onClose: () => void;
}

/** Classes whose suggestions kept agreeing with people: accept all that wait, with a preview and a reason. */
export function BulkDrawer({ open, facets, onClose }: BulkDrawerProps) {
  const t = useWords(words);
  const pick = usePick();
  const phone = usePhone();
  const [chosen, setChosen] = useState<string | null>(null);
  const facet = chosen ?? facets.find((one) => one.waiting > 0)?.facet ?? facets[0]?.facet;
  return (
    <Drawer open={open} onClose={onClose} title={t("bulk")} size={phone ? "100%" : 720} destroyOnHidden>
      <p className="muted gap-below-small">{t("bulkLead")}</p>
      <Select
        className="gap-below-small"
        aria-label={t("facet")}
        value={facet}
        onChange={setChosen}
        options={facets.map((one) => ({
          value: one.facet,
          label: pick({ name_zh: one.facet_zh, name_en: one.facet_en }, "name"),
        }))}
      />
      {facet && open && <Classes key={facet} facet={facet} />}
      {facet && open && <History facet={facet} />}
    </Drawer>
  );
}

function Classes({ facet }: { facet: string }) {
  const t = useWords(words);
  const found = useClasses(facet);
  return (
    <Loaded of={found} rows={5}>
      {(offers) =>
        offers.length === 0 ? (
          <EmptyState text={t("classesNone")} />
        ) : (
          <ul className="records">
            {offers.map((offer) => (
              <li key={offer.code}>
                <Offer offer={offer} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Offer({ offer }: { offer: ClassOffer }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const [looking, setLooking] = useState(false);
  const figures = {
    n: offer.decisions,
    m: offer.agreed,
    low: percent(offer.low),
    wanted: percent(offer.wanted),
    k: offer.missing,
  };
  return (
    <>
      <div className="record-head">
        <b>
          {offer.code} {pick(offer, "name")}
        </b>
        <span className="num">
          {t("pendingFrom", { p: percent(offer.least), n: number(offer.pending, language) })}
        </span>
        {offer.stable && offer.pending > 0 && !looking && (
          <Button size="small" onClick={() => setLooking(true)}>
            {t("preview")}
          </Button>
        )}
      </div>
      <p className="muted num">{t(offer.stable ? "stableWhy" : "unstableWhy", figures)}</p>
      {looking && <Preview offer={offer} onClose={() => setLooking(false)} />}
    </>
  );
}

function Preview({ offer, onClose }: { offer: ClassOffer; onClose: () => void }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [reason, setReason] = useState("");
  const found = useBulkPreview(offer);
  const accept = useBulkAccept((done) => {
    message.success(t("bulkDone", { n: done.accepted }));
    onClose();
  });
  return (
    <Loaded of={found} rows={4}>
      {(preview) => (
        <form
          className="bulk-preview"
          onSubmit={(event) => {
            event.preventDefault();
            const { facet, code, least } = offer;
            accept.mutate({ facet, code, least, reason: reason.trim() });
          }}
        >
          <p>{t("previewLead", { n: preview.offer.pending })}</p>
          <ol className="bulk-list">
            {preview.items.map((row) => (
              <li key={row.id}>
                <b className="num">{percent(row.suggestion?.probability)}</b> {row.excerpt}
              </li>
            ))}
          </ol>
          <Input.TextArea
            rows={2}
            maxLength={2000}
            value={reason}
            aria-label={t("bulkReason")}
            placeholder={t("bulkReason")}
            onChange={(event) => setReason(event.target.value)}
          />
          <div className="actions">
            <Button type="primary" htmlType="submit" disabled={!reason.trim()} loading={accept.isPending}>
              {t("bulkAccept", { n: preview.offer.pending })}
            </Button>
          </div>
          {accept.error && (
            <p role="alert" className="form-error">
              {errorText(accept.error)}
            </p>
          )}
        </form>
      )}
    </Loaded>
  );
}

function History({ facet }: { facet: string }) {
  const t = useWords(words);
  const found = useBulkAccepts(facet);
  return (
    <section>
      <h3>{t("bulkHistory")}</h3>
      <Loaded of={found} rows={2}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="muted">{t("bulkHistoryNone")}</p>
          ) : (
            <ul className="history">
              {rows.map((row) => (
                <li key={row.id}>
                  <HistoryLine row={row} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function HistoryLine({ row }: { row: BulkAccept }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const undo = useBulkUndo(() => message.success(t("bulkUndone")));
  const name = either(row.by ?? "", row.by_en ?? "");
  return (
    <>
      <div className="record-head">
        <b>
          {row.code} {pick(row, "name")}
        </b>
        <span className="num">{t("bulkLine", { name, n: row.accepted, m: row.standing })}</span>
        <span className="muted num">{moment(row.at)}</span>
        <LedgerMark index={row.ledger_index} />
        {row.undone_at ? (
          <span className="muted">
            {t("bulkUndoneBy", { name: either(row.undone_by ?? "", row.undone_by_en ?? "") })}
          </span>
        ) : (
          <Button size="small" loading={undo.isPending} onClick={() => undo.mutate(row.id)}>
            {t("bulkUndo")}
          </Button>
        )}
      </div>
      <p>{row.reason}</p>
      {undo.error && (
        <p role="alert" className="form-error">
          {errorText(undo.error)}
        </p>
      )}
    </>
  );
}
