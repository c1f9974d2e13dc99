import { App, Button, Form, Input, InputNumber, Modal } from "antd";
import { useState } from "react";
import { day } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { ApprovedReward, DueReward, RewardDesk } from "@/app/types";
import { words as shared } from "@/app/words";
import { useMe } from "@/rooms/accounts/session";
import { useApprove, usePay, useRewards } from "./queries";
import { words } from "./words";

/** What may be rewarded, and what a named person approved. */
export function RewardsTab() {
  const rewards = useRewards();
  return (
    <Loaded of={rewards} rows={10}>
      {(found) => <Rewards desk={found} />}
    </Loaded>
  );
}

function Rewards({ desk }: { desk: RewardDesk }) {
  const t = useWords(words);
  const [approving, setApproving] = useState<DueReward | null>(null);
  const [paying, setPaying] = useState<ApprovedReward | null>(null);
  return (
    <div className="stack">
      <section className="panel">
        <div className="panel-head">
          <h2>{t("due")}</h2>
          <span className="muted">{t("optOutHere")}</span>
        </div>
        {desk.due.length === 0 ? (
          <EmptyState text={t("noDue")} />
        ) : (
          <ul className="item-list">
            {desk.due.map((row) => (
              <Due
                key={`${row.subject} ${row.person_id} ${row.report_id}`}
                row={row}
                onApprove={() => setApproving(row)}
              />
            ))}
          </ul>
        )}
      </section>
      <section className="panel">
        <div className="panel-head">
          <h2>{t("decided")}</h2>
        </div>
        {desk.decided.length === 0 ? (
          <EmptyState text={t("noDecided")} />
        ) : (
          <ul className="item-list">
            {desk.decided.map((row) => (
              <Decided key={row.id} row={row} onPay={() => setPaying(row)} />
            ))}
          </ul>
        )}
      </section>
      {approving && <ApproveDialog row={approving} onClose={() => setApproving(null)} />}
      {paying && <PayDialog row={paying} onClose={() => setPaying(null)} />}
    </div>
  );
}

function Due({ row, onApprove }: { row: DueReward; onApprove: () => void }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const me = useMe();
  return (
    <li className="reward-row">
      <div>
        <strong>{pick(row, "title")}</strong>
        <div className="item-line muted">
          <span>{row.report_id === null ? either(row.person, row.person_en) : t("anonymous")}</span>
          <span>{pick(row, "rule")}</span>
          <span className="num">{t("usual", { low: row.yuan_low, high: row.yuan_high })}</span>
          <span className="num">{day(row.at)}</span>
        </div>
      </div>
      <Button
        type="primary"
        disabled={row.person_id === me.id}
        aria-label={t("approveFor", { title: pick(row, "title") })}
        onClick={onApprove}
      >
        {t("approve")}
      </Button>
    </li>
  );
}

function Decided({ row, onPay }: { row: ApprovedReward; onPay: () => void }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const who = row.anonymous ? t("anonymous") : either(row.person, row.person_en);
  return (
    <li className="reward-row">
      <div>
        <strong className="num">¥{row.amount.toFixed(2)}</strong> {pick(row, "title")}
        <div className="item-line muted">
          <span>{who}</span>
          {row.anonymous && row.state === "approved" && (
            <span>{t(row.claimed ? "claimed" : "notClaimed")}</span>
          )}
          <span>{t("approvedBy", { name: either(row.by, row.by_en), reason: row.reason })}</span>
          <span className="num">{day(row.at)}</span>
          <LedgerMark index={row.ledger_index} />
        </div>
      </div>
      {row.state === "paid" ? (
        <span className="muted num">{t("paidOn", { day: day(row.paid_on) })}</span>
      ) : (
        <Button
          aria-label={`${t("payFor", { amount: row.amount })}: ${pick(row, "title")}, ${who}`}
          onClick={onPay}
        >
          {t("pay")}
        </Button>
      )}
    </li>
  );
}

function ApproveDialog({ row, onClose }: { row: DueReward; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const approve = useApprove();
  const [form] = Form.useForm<{ amount: number; reason: string }>();
  const finish = (entry: { amount: number; reason: string }) =>
    approve.mutate(
      { subject: row.subject, person_id: row.person_id, report_id: row.report_id, ...entry },
      {
        onSuccess: () => {
          message.success(t("approved"));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("approveFor", { title: pick(row, "title") })}
      okText={t("approve")}
      cancelText={s("cancel")}
      confirmLoading={approve.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" requiredMark={false} onFinish={finish}>
        <Form.Item
          name="amount"
          label={t("amount")}
          extra={t("usual", { low: row.yuan_low, high: row.yuan_high })}
          rules={[{ required: true, type: "number", min: 0.01, message: t("amountBad") }]}
        >
          <InputNumber className="full" precision={2} min={0} max={50_000} autoFocus />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t("reason")}
          rules={[
            { required: true, whitespace: true, message: t("required") },
            { min: 4, message: t("tooShort", { n: 4 }) },
          ]}
        >
          <Input maxLength={500} />
        </Form.Item>
      </Form>
      {approve.error && (
        <p role="alert" className="form-error">
          {errorText(approve.error)}
        </p>
      )}
    </Modal>
  );
}

function PayDialog({ row, onClose }: { row: ApprovedReward; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const pay = usePay(row.id);
  const [number, setNumber] = useState("");
  const go = () =>
    pay.mutate(
      { number: number.trim() },
      {
        onSuccess: () => {
          message.success(t("paid"));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("payFor", { amount: row.amount })}
      okText={t("pay")}
      cancelText={s("cancel")}
      confirmLoading={pay.isPending}
      okButtonProps={{ disabled: row.anonymous && !number.trim() }}
      onOk={go}
      onCancel={onClose}
    >
      {row.anonymous ? (
        <>
          <p className="gap-below-small">{t("payAnonymous")}</p>
          <Input
            autoFocus
            value={number}
            maxLength={20}
            aria-label={t("number")}
            placeholder={t("number")}
            onChange={(event) => setNumber(event.target.value)}
            onPressEnter={go}
          />
        </>
      ) : (
        <p>{t("payNamed", { name: either(row.person, row.person_en) })}</p>
      )}
      {pay.error && (
        <p role="alert" className="form-error">
          {errorText(pay.error)}
        </p>
      )}
    </Modal>
  );
}
