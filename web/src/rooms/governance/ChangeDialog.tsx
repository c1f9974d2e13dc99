import { App, Input, Modal } from "antd";
import { useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Change, useChange } from "./queries";
import { words } from "./words";

/** Promote or return: by a named person, with a reason. */
export function ChangeDialog({ change, onClose }: { change: Change; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const promoting = change.kind === "promote";
  const go = useChange((now) => {
    message.success(t(promoting ? "promoted" : "rolledBack", { version: now.version }));
    onClose();
  });
  const missing = asked && !reason.trim();
  return (
    <Modal
      open
      title={
        change.kind === "promote"
          ? t("promoteTitle", { version: change.version.version })
          : t("rollBackTitle")
      }
      okText={t(promoting ? "promote" : "rollBack")}
      cancelText={s("cancel")}
      confirmLoading={go.isPending}
      onCancel={onClose}
      onOk={() => {
        setAsked(true);
        if (reason.trim()) go.mutate({ change, reason: reason.trim() });
      }}
    >
      <p className="gap-below-small">{t("promoteWhy")}</p>
      <Input.TextArea
        rows={3}
        maxLength={2000}
        autoFocus
        value={reason}
        status={missing ? "error" : undefined}
        aria-label={s("reason")}
        placeholder={s("reason")}
        onChange={(event) => setReason(event.target.value)}
      />
      {missing && (
        <p role="alert" className="form-error">
          {t("reasonNeeded")}
        </p>
      )}
      {go.error && (
        <p role="alert" className="form-error">
          {errorText(go.error)}
        </p>
      )}
    </Modal>
  );
}
