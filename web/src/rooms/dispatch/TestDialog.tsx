import { Button, Input, Modal } from "antd";
import { useId, useState } from "react";
import { usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Channel, type Delivery, sendTest } from "./queries";
import { words } from "./words";

export type Outcome =
  | { state: "idle" }
  | { state: "busy" }
  | { state: "done"; delivery: Delivery | null }
  | { state: "refused"; error: unknown };

/** A test message by one channel, with what its receiver answered. */
export function TestDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const id = useId();
  const [address, setAddress] = useState("");
  const [outcome, setOutcome] = useState<Outcome>({ state: "idle" });
  const needed = channel.kind === "sms" || channel.kind === "email";
  const go = async () => {
    setOutcome({ state: "busy" });
    try {
      setOutcome({
        state: "done",
        delivery: await sendTest(`channels/${channel.id}/test`, { address: address.trim() }),
      });
    } catch (error) {
      setOutcome({ state: "refused", error });
    }
  };
  return (
    <Modal
      open
      title={t("testTitle", { name: channel.name })}
      onCancel={onClose}
      footer={[
        <Button key="close" onClick={onClose}>
          {s("close")}
        </Button>,
        <Button
          key="go"
          type="primary"
          loading={outcome.state === "busy"}
          disabled={needed && !address.trim()}
          onClick={go}
        >
          {t("test")}
        </Button>,
      ]}
    >
      {channel.kind !== "webhook" && (
        <div className="form-grid">
          <label htmlFor={id}>{t(addressWord(channel.kind))}</label>
          <Input
            id={id}
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            onPressEnter={go}
          />
        </div>
      )}
      <TestOutcome outcome={outcome} />
    </Modal>
  );
}

export function addressWord(kind: string) {
  if (kind === "email") return "addressMail" as const;
  if (kind === "sms") return "addressPhone" as const;
  return kind === "feishu" ? ("addressFeishu" as const) : ("addressMention" as const);
}

export function TestOutcome({ outcome }: { outcome: Outcome }) {
  const t = useWords(words);
  const pick = usePick();
  const errorText = useErrorText();
  if (outcome.state === "idle") return null;
  if (outcome.state === "refused")
    return (
      <p role="alert" className="form-error">
        {errorText(outcome.error)}
      </p>
    );
  if (outcome.state === "busy") return <p role="status">{t("testing")}</p>;
  const delivery = outcome.delivery;
  if (!delivery) return <p role="status">{t("testSlow")}</p>;
  return delivery.state === "sent" ? (
    <p role="status" className="test-sent">
      {t("testSent", { ms: delivery.attempts.at(-1)?.took_ms ?? 0 })}
    </p>
  ) : (
    <p role="alert" className="form-error">
      {t("testFailed", { why: pick(delivery, "error") })}
    </p>
  );
}
