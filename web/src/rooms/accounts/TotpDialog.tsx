import { useQuery } from "@tanstack/react-query";
import { Input, Modal } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, useChange } from "./accounts";
import { useConfirmed } from "./useConfirmed";
import { words } from "./words";

/** Setting an authenticator app up: the QR code, and a code that shows that it worked. */
export function TotpDialog({ onClose, onDone }: { onClose: () => void; onDone: (codes: string[]) => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const confirmed = useConfirmed();
  const id = useId();
  const [code, setCode] = useState("");
  const secret = useQuery({
    queryKey: ["totp-secret"],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const made = await confirmed(ask.beginTotp);
      if (made === null) onClose();
      return made;
    },
  });
  const confirm = useChange(
    () => confirmed(() => ask.confirmTotp(code)),
    (made) => made && onDone(made.codes),
  );
  return (
    <Modal
      open
      title={t("app")}
      okText={t("setUp")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: code.replace(/\s/g, "").length < 6 }}
      confirmLoading={confirm.isPending}
      onCancel={onClose}
      onOk={() => confirm.mutate(undefined as never)}
    >
      <Loaded of={secret} rows={4}>
        {(made) =>
          made && (
            <div className="totp">
              <img alt={t("scanAlt")} src={`data:image/svg+xml;utf8,${encodeURIComponent(made.svg)}`} />
              <div className="admin-form">
                <span>{t("scan")}</span>
                <code className="secret">{made.secret}</code>
                <label htmlFor={id}>{t("enterCode")}</label>
                <Input
                  id={id}
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  maxLength={9}
                  value={code}
                  onChange={(event) => setCode(event.target.value)}
                />
              </div>
            </div>
          )
        }
      </Loaded>
      {confirm.error && (
        <p role="alert" className="form-error">
          {errorText(confirm.error)}
        </p>
      )}
    </Modal>
  );
}
