import { App, Input, type InputRef, Modal } from "antd";
import { useRef, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Decision, useDecideRate, useProposal } from "./queries";
import { words } from "./words";

interface DialogProps {
  id: string;
  decision: Decision;
  onClose: () => void;
  onDone: () => void;
}

/** A named person's yes or no. Enter in the reason's field says yes, Escape leaves everything as it was. */
export function DecideDialog({ id, decision, onClose, onDone }: DialogProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const proposal = useProposal(id).data;
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const field = useRef<InputRef>(null);
  const approving = decision === "approve";
  const decide = useDecideRate((done) => {
    message.success(t(approving ? "decidedapproved" : "decidedreturned", { name: done.name }));
    onDone();
  });
  const missing = asked && !approving && !reason.trim();
  const go = () => {
    setAsked(true);
    if (!approving && !reason.trim())
      field.current?.focus(); // where the reason is missing, not on the button
    else if (!decide.isPending) decide.mutate({ id, decision, reason: reason.trim() });
  };
  const name = proposal?.name ?? "";
  return (
    <Modal
      open
      title={t(approving ? "approveTitle" : "returnTitle", { name })}
      okText={t(approving ? "confirmApprove" : "confirmReturn")}
      cancelText={s("cancel")}
      confirmLoading={decide.isPending}
      onCancel={onClose}
      onOk={go}
      afterOpenChange={(open) => open && field.current?.focus()}
    >
      <p className="gap-below-small">
        {approving
          ? t("approveWhy", {
              grade: proposal?.proposed_grade ?? 0,
              rate: proposal?.proposed_rate_pct.toFixed(3) ?? "",
            })
          : t("returnWhy")}
      </p>
      <Input
        ref={field}
        autoFocus
        maxLength={2000}
        value={reason}
        status={missing ? "error" : undefined}
        aria-label={approving ? t("reasonOptional") : s("reason")}
        placeholder={approving ? t("reasonOptional") : s("reason")}
        onChange={(event) => setReason(event.target.value)}
        onPressEnter={go}
      />
      {missing && (
        <p role="alert" className="form-error">
          {t("reasonNeeded")}
        </p>
      )}
      {decide.error && (
        <p role="alert" className="form-error">
          {errorText(decide.error)}
        </p>
      )}
    </Modal>
  );
}
