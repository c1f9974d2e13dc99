import { Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Step, useStep } from "./queries";
import { words } from "./words";

interface ReasonDialogProps {
  step: Step;
  title: string;
  okText: string;
  children: ReactNode;
  onClose: () => void;
  onDone: () => void;
}

/** Publish or return: by a named person, with a reason. */
export function ReasonDialog({ step, title, okText, children, onClose, onDone }: ReasonDialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const go = useStep();
  const missing = asked && !reason.trim();
  return (
    <Modal
      open
      title={title}
      okText={okText}
      cancelText={s("cancel")}
      confirmLoading={go.isPending}
      onCancel={onClose}
      onOk={() => {
        setAsked(true);
        if (reason.trim()) go.mutate({ step, reason: reason.trim() }, { onSuccess: onDone });
      }}
    >
      <div className="gap-below-small">{children}</div>
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
