import { App, Input } from "antd";
import { useCallback, useRef } from "react";
import { ApiError, post } from "@/app/client";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { words } from "./words";

/** Runs work that the server asks to confirm: the password is asked for, and the work is tried once more. */
export function useConfirmed() {
  const t = useWords(words);
  const s = useWords(shared);
  const { modal, message } = App.useApp();
  const errorText = useErrorText();
  const typed = useRef("");
  const confirm = useCallback(
    () =>
      new Promise<boolean>((resolve) => {
        typed.current = "";
        modal.confirm({
          title: t("confirmTitle"),
          content: (
            <>
              <p className="muted">{t("confirmLead")}</p>
              <Input.Password
                autoFocus
                autoComplete="current-password"
                aria-label={t("password")}
                onChange={(event) => {
                  typed.current = event.target.value;
                }}
              />
            </>
          ),
          okText: t("confirm"),
          cancelText: s("cancel"),
          onOk: async () => {
            try {
              await post<void>("/auth/confirm", { password: typed.current });
              resolve(true);
            } catch (error) {
              message.error(errorText(error));
              throw error;
            }
          },
          onCancel: () => resolve(false),
        });
      }),
    [modal, message, errorText, t, s],
  );
  return useCallback(
    async <T,>(work: () => Promise<T>): Promise<T | null> => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "confirm_first") throw error;
      }
      return (await confirm()) ? work() : null;
    },
    [confirm],
  );
}
