import { App, Button, DatePicker, Modal, Popconfirm } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { day } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { Assessment } from "@/app/types";
import { words as shared } from "@/app/words";
import { AnswerSheet } from "./AnswerSheet";
import { AssessmentResults } from "./AssessmentResults";
import { useAssessment, useCloseRound, useOpenRound } from "./queries";
import { words } from "./words";

/** The self-assessment of both sides: answer while a round is open, talk about the gaps when it is closed. */
export function AssessmentTab() {
  const t = useWords(words);
  const assessment = useAssessment();
  return (
    <Loaded of={assessment} rows={10}>
      {(found) => (
        <div className="stack">
          <OpenPart assessment={found} />
          <section className="panel">
            <div className="panel-head">
              <h2>{t("results")}</h2>
              <span className="muted">{t("gapWhy")}</span>
            </div>
            {found.results.length === 0 ? (
              <EmptyState text={t("noResults")} />
            ) : (
              <AssessmentResults results={found.results} smallest={found.smallest_cell} />
            )}
          </section>
        </div>
      )}
    </Loaded>
  );
}

function OpenPart({ assessment }: { assessment: Assessment }) {
  const t = useWords(words);
  const { open, form, manages, smallest_cell: n } = assessment;
  const [opening, setOpening] = useState(false);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t("tab_assessment")}</h2>
        <span className="muted">{t("assessLead")}</span>
        {manages && !open && (
          <span className="panel-tools">
            <Button type="primary" onClick={() => setOpening(true)}>
              {t("openRound")}
            </Button>
          </span>
        )}
      </div>
      <p className="muted small-note">{t("assessNotIlo")}</p>
      {!open && <EmptyState text={t("noRound")} />}
      {open && (
        <>
          <p>{t("roundUntil", { from: day(open.opened_on), to: day(open.closes_on) })}</p>
          {manages && (
            <p className="muted">
              {open.workers === null ? t("answeredFew", { n }) : t("answeredWorkers", { n: open.workers })}
              {" · "}
              {t("answeredManagers", { n: open.managers })}
            </p>
          )}
          {open.answered ? (
            <p className="strong">{t("youAnswered")}</p>
          ) : (
            <>
              <p className="muted">{t("privacy", { n })}</p>
              <AnswerSheet key={open.id} id={open.id} form={form} />
            </>
          )}
          {manages && <CloseButton id={open.id} smallest={n} />}
        </>
      )}
      {opening && <OpenDialog onClose={() => setOpening(false)} />}
    </section>
  );
}

function CloseButton({ id, smallest }: { id: number; smallest: number }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const close = useCloseRound(id);
  return (
    <div className="actions">
      <Popconfirm
        title={t("closeRound")}
        description={<p className="popover-text">{t("closeWhy", { n: smallest })}</p>}
        okText={t("closeRound")}
        cancelText={s("cancel")}
        onConfirm={() =>
          close.mutate(
            {},
            {
              onSuccess: () => message.success(t("closed")),
              onError: (error) => message.error(errorText(error)),
            },
          )
        }
      >
        <Button loading={close.isPending}>{t("closeRound")}</Button>
      </Popconfirm>
    </div>
  );
}

function OpenDialog({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const open = useOpenRound();
  const [until, setUntil] = useState<Dayjs | null>(dayjs().add(14, "day"));
  return (
    <Modal
      open
      title={t("openRound")}
      okText={t("openRound")}
      cancelText={s("cancel")}
      confirmLoading={open.isPending}
      okButtonProps={{ disabled: !until }}
      onOk={() =>
        until &&
        open.mutate(
          { closes_on: until.format("YYYY-MM-DD") },
          {
            onSuccess: () => {
              message.success(t("opened"));
              onClose();
            },
          },
        )
      }
      onCancel={onClose}
    >
      <div className="stacked-field">
        <span aria-hidden="true">{t("closesOn")}</span>
        <DatePicker
          className="full"
          value={until}
          aria-label={t("closesOn")}
          minDate={dayjs().add(1, "day")}
          maxDate={dayjs().add(92, "day")}
          onChange={setUntil}
        />
      </div>
      {open.error && (
        <p role="alert" className="form-error">
          {errorText(open.error)}
        </p>
      )}
    </Modal>
  );
}
