import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { moment } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { LedgerMark, SyntheticTag } from "@/app/marks";
import { Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { OrderMark, TimeLeft } from "./OrdersPanel";
import { useOrder, useWithdraw } from "./queries";
import type { Order } from "./types";
import { words } from "./words";
import "./inspections.css";

type WordKey = keyof typeof words;

/** One order: what is asked, by when, how far each hazard is, and what happened. */
export default function OrderPage() {
  const { id = "" } = useParams();
  const t = useWords(words);
  const order = useOrder(id);
  return (
    <div className="page inspections">
      <Link to="/inspections?tab=orders" className="back-link">
        <ArrowLeftOutlined aria-hidden /> {t("tab_orders")}
      </Link>
      <Loaded of={order} rows={10}>
        {(found) => <Body order={found} />}
      </Loaded>
    </div>
  );
}

function word(t: (key: WordKey) => string, prefix: string, value: string): string {
  const key = `${prefix}${value}`;
  return key in words ? t(key as WordKey) : value;
}

function Body({ order }: { order: Order }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const mayOrder = useMay("inspections.order");
  const [withdrawing, setWithdrawing] = useState(false);
  return (
    <div className="stack">
      <div className="page-head">
        <h1>{t("orderTitle", { year: order.year, n: order.number })}</h1>
        <OrderMark row={order} />
        {order.synthetic && <SyntheticTag />}
        <LedgerMark index={order.ledger_index} />
      </div>
      <section className="panel">
        <dl className="order-facts">
          <dt>{t("enterprise")}</dt>
          <dd>
            <Link to={`/enterprises/${order.enterprise_id}`}>{order.enterprise_name}</Link>
          </dd>
          <dt>{t("issuer")}</dt>
          <dd>
            {order.issuer_name} · {either(order.issued_by, order.issued_by_en)}
          </dd>
          <dt>{t("deadline")}</dt>
          <dd className="num">
            {order.deadline} <TimeLeft row={order} />
          </dd>
          <dt>{t("basis")}</dt>
          <dd className="pre-line">{order.basis || "–"}</dd>
        </dl>
        {mayOrder && (
          <p className="order-tools">
            {order.plan_id && <Link to={`/inspections/plans/${order.plan_id}`}>{t("openPlan")}</Link>}
            {order.state === "issued" && (
              <Button onClick={() => setWithdrawing(true)}>{t("withdraw")}</Button>
            )}
          </p>
        )}
      </section>
      <section className="panel" aria-label={t("pickHazards")}>
        <h2>{t("closedOf", { n: order.closed_hazards, all: order.hazards })}</h2>
        <ol className="order-items">
          {order.items.map((item) => (
            <li key={item.hazard_id}>
              <Link to={`/hazards/${item.hazard_id}`}>{pick(item, "title")}</Link>
              <span className={item.state === "closed" ? "order-closed" : "order-open"}>
                {word(t, "hazard_", item.state)}
              </span>
              <span className="muted">
                {[item.level && word(t, "level_", item.level), either(item.area_zh, item.area_en)]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
              {item.requirement && <p>{item.requirement}</p>}
            </li>
          ))}
        </ol>
      </section>
      <section className="panel" aria-label={t("history")}>
        <h2>{t("history")}</h2>
        <ol className="order-steps">
          {order.history.map((step) => (
            <li key={step.ledger_index}>
              <span className="num muted">{moment(step.at)}</span> <b>{word(t, "step_", step.action)}</b>{" "}
              {step.by ? either(step.by, step.by_en ?? "") : t("platform")} {step.note}{" "}
              <LedgerMark index={step.ledger_index} />
            </li>
          ))}
        </ol>
      </section>
      {withdrawing && <Withdraw id={String(order.id)} onClose={() => setWithdrawing(false)} />}
    </div>
  );
}

function Withdraw({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const withdraw = useWithdraw(id);
  const [note, setNote] = useState("");
  return (
    <Modal
      open
      title={t("withdraw")}
      okText={t("withdraw")}
      okButtonProps={{ disabled: !note.trim(), loading: withdraw.isPending }}
      onOk={() => withdraw.mutate(note.trim(), { onSuccess: onClose })}
      onCancel={onClose}
    >
      <Input.TextArea
        autoFocus
        aria-label={t("withdrawWhy")}
        placeholder={t("withdrawWhy")}
        maxLength={2000}
        rows={3}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      {withdraw.error && (
        <p role="alert" className="form-error">
          {errorText(withdraw.error)}
        </p>
      )}
    </Modal>
  );
}
