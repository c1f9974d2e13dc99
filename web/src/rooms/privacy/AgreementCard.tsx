import { App, Button, Input, Modal, Tag } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useTerm } from "./parts";
import { type Agreement, useDo, useReads } from "./queries";
import { SharedDialog } from "./SharedDialog";
import { words } from "./words";

const COLOURS: Partial<Record<Agreement["state"], string>> = {
  proposed: "blue",
  active: "green",
  revoked: "red",
};

/** One agreement: what, why, until when, who decided; and what may be done with it now. */
export function AgreementCard({ agreement }: { agreement: Agreement }) {
  const t = useWords(words);
  const term = useTerm();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const act = useDo();
  const [open, setOpen] = useState<"revoke" | "reads" | "rows" | null>(null);
  const answer = (accept: boolean) =>
    act.mutate(
      { path: `/sharing/agreements/${agreement.id}/answer`, body: { accept } },
      { onError: (error) => message.error(errorText(error)) },
    );
  const gives = agreement.side !== "receiver";
  return (
    <>
      <div className="agreement-head">
        <strong>
          {agreement.giver} → {agreement.receiver}
        </strong>
        <Tag color={COLOURS[agreement.state]}>{term("agr", agreement.state)}</Tag>
      </div>
      <div>
        {agreement.datasets.map((one) => (
          <Tag key={one}>{term("ds", one)}</Tag>
        ))}
      </div>
      <dl className="privacy-facts">
        <dt>{t("purpose")}</dt>
        <dd>{agreement.purpose}</dd>
        <dt>{t("legalBasis")}</dt>
        <dd>{agreement.legal_basis}</dd>
        <dt>{t("until")}</dt>
        <dd className="num">{moment(agreement.until)}</dd>
        <dt>{t("minCell")}</dt>
        <dd className="num">{agreement.min_cell}</dd>
      </dl>
      <p className="muted">
        {t("proposedBy", { by: agreement.proposed_by, at: moment(agreement.proposed_at) })}
        {agreement.answered_by && (
          <>
            <br />
            {t("answeredBy", { by: agreement.answered_by, at: moment(agreement.answered_at) })}
          </>
        )}
        {agreement.revoked_at && (
          <>
            <br />
            {t("revokedWhy", { at: moment(agreement.revoked_at), why: agreement.revoked_why })}
          </>
        )}
      </p>
      <div className="agreement-head">
        {agreement.may_answer && (
          <>
            <Button type="primary" loading={act.isPending} onClick={() => answer(true)}>
              {t("accept")}
            </Button>
            <Button loading={act.isPending} onClick={() => answer(false)}>
              {t("decline")}
            </Button>
          </>
        )}
        {agreement.may_read && <Button onClick={() => setOpen("rows")}>{t("look")}</Button>}
        {gives && agreement.state !== "proposed" && (
          <Button onClick={() => setOpen("reads")}>{t("readsN", { n: agreement.reads })}</Button>
        )}
        {agreement.may_revoke && (
          <Button danger onClick={() => setOpen("revoke")}>
            {t("revoke")}
          </Button>
        )}
      </div>
      {open === "revoke" && <RevokeDialog agreement={agreement} onClose={() => setOpen(null)} />}
      {open === "reads" && <ReadsDialog agreement={agreement} onClose={() => setOpen(null)} />}
      {open === "rows" && <SharedDialog agreement={agreement} onClose={() => setOpen(null)} />}
    </>
  );
}

function RevokeDialog({ agreement, onClose }: { agreement: Agreement; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const act = useDo();
  const [why, setWhy] = useState("");
  return (
    <Modal
      open
      title={t("revoke")}
      okText={t("revoke")}
      cancelText={s("cancel")}
      okButtonProps={{ danger: true, loading: act.isPending, disabled: why.trim().length < 2 }}
      onCancel={onClose}
      onOk={() =>
        act.mutate(
          { path: `/sharing/agreements/${agreement.id}/revoke`, body: { why } },
          { onSuccess: onClose },
        )
      }
    >
      <Input.TextArea
        aria-label={t("revokeWhy")}
        placeholder={t("revokeWhy")}
        rows={3}
        maxLength={300}
        value={why}
        autoFocus
        onChange={(event) => setWhy(event.target.value)}
      />
      {act.error && (
        <p role="alert" className="form-error">
          {errorText(act.error)}
        </p>
      )}
    </Modal>
  );
}

function ReadsDialog({ agreement, onClose }: { agreement: Agreement; onClose: () => void }) {
  const t = useWords(words);
  const term = useTerm();
  const reads = useReads(agreement.id);
  return (
    <Modal open title={t("readsTitle")} footer={null} onCancel={onClose}>
      <Loaded of={reads} rows={4}>
        {(data) =>
          data.length === 0 ? (
            <EmptyState text={t("noReads")} />
          ) : (
            <ul className="line-rows">
              {data.map((one) => (
                <li key={`${one.at} ${one.dataset}`}>
                  <span className="num muted">{moment(one.at)}</span>
                  <span className="grow">
                    {t("readRow", { by: one.by, n: one.rows, dataset: term("ds", one.dataset) })}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Modal>
  );
}
