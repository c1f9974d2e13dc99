import { Pagination, Select } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { type Delivery, PAGE_SIZE, useDeliveries } from "./queries";
import { words } from "./words";

const STATES = ["waiting", "sent", "failed", "dropped"] as const;
const KINDS = ["sms", "dingtalk", "wecom", "feishu", "email", "webhook", "web_push", "in_app"] as const;

/** Everything that left, newest first. */
export function DeliveriesPanel() {
  const t = useWords(words);
  const [state, setState] = useState("");
  const [kind, setKind] = useState("");
  const [page, setPage] = useState(1);
  const found = useDeliveries(state, kind, page);
  const filter = (set: (value: string) => void) => (value: string) => {
    set(value);
    setPage(1);
  };
  return (
    <section className="panel" aria-label={t("deliveries")}>
      <div className="roster-bar">
        <Select
          aria-label={t("result")}
          value={state}
          onChange={filter(setState)}
          className="filter-select"
          options={[
            { value: "", label: t("allStates") },
            ...STATES.map((one) => ({ value: one, label: t(one) })),
          ]}
        />
        <Select
          aria-label={t("channel")}
          value={kind}
          onChange={filter(setKind)}
          className="filter-select"
          options={[
            { value: "", label: t("channel") },
            ...KINDS.map((one) => ({ value: one, label: t(one) })),
          ]}
        />
      </div>
      <Loaded of={found} rows={8}>
        {(data) => (
          <>
            <DeliveryList items={data.items} />
            {data.total > PAGE_SIZE && (
              <Pagination
                current={page}
                pageSize={PAGE_SIZE}
                total={data.total}
                showSizeChanger={false}
                onChange={setPage}
              />
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function DeliveryList({ items }: { items: Delivery[] }) {
  const t = useWords(words);
  if (items.length === 0) return <EmptyState text={t("noDeliveries")} />;
  return (
    <ul className="plain-rows delivery-rows">
      {items.map((one) => (
        <DeliveryRow key={one.id} delivery={one} />
      ))}
    </ul>
  );
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const { role } = delivery;
  const failed = delivery.state === "failed";
  return (
    <li>
      <span className="delivery-who">
        <strong>{either(delivery.person, delivery.person_en)}</strong>
        {role && role in words && <span className="muted"> {t(role as "zone")}</span>}
        <span className="delivery-title">{pick(delivery, "title")}</span>
      </span>
      <span>
        {delivery.channel_name || t(delivery.kind as "in_app")}
        {delivery.fell_back && <small className="muted"> {t("fellBack")}</small>}
      </span>
      <span className="num muted">
        {moment(delivery.ended_at ?? delivery.made_at)}
        {delivery.level > 0 && ` · ${t("level", { n: delivery.level })}`}
      </span>
      <span className={failed ? "form-error" : ""}>
        <span className={`delivery-state delivery-${delivery.state}`}>{t(delivery.state)}</span>{" "}
        {delivery.tries > 1 && t("tries", { n: delivery.tries })}
        {delivery.state === "waiting" && delivery.next_try_at && (
          <small className="num"> {t("nextTry", { at: moment(delivery.next_try_at) })}</small>
        )}
      </span>
      {delivery.attempts.some((one) => one.result !== "sent") && (
        <details className="delivery-tries">
          <summary>{pick(delivery, "error") || t("tries", { n: delivery.attempts.length })}</summary>
          <ol>
            {delivery.attempts.map((one) => (
              <li key={one.number} className="num">
                {t("tryLine", { n: one.number, at: moment(one.started_at) })} · {t(one.result)}{" "}
                {one.took_ms !== null && `${one.took_ms} ms`} {pick(one, "error")}
              </li>
            ))}
          </ol>
          <p className="mono muted">
            {t("messageId")} {delivery.message_id}
          </p>
        </details>
      )}
    </li>
  );
}
