import { App, Modal, Radio } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type OrganisationRow, useChange, useClosing } from "../accounts";
import { useConfirmed } from "../useConfirmed";
import { OrganisationSelect } from "./Choices";
import { words } from "./words";

const ENDS = ["organisations", "people", "keys", "invitations", "mappings"] as const;

/** What closing ends, what becomes of the people, and then the password. */
export function CloseOrganisationDialog({ row, onClose }: { row: OrganisationRow; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const confirmed = useConfirmed();
  const id = useId();
  const closing = useClosing(row.id);
  const [people, setPeople] = useState<"move" | "close">("move");
  const [to, setTo] = useState<number>();
  const some = (closing.data?.people ?? 0) > 0;
  const close = useChange(
    () =>
      confirmed(async () => {
        const move = some && people === "move";
        await ask.closeOrganisation(row.id, { people: move ? "move" : "close", to: move ? to : null });
        return true;
      }),
    (done) => {
      if (done === null) return;
      message.success(t("closedDone", { name: row.name }));
      onClose();
    },
  );
  return (
    <Modal
      open
      title={`${t("closeOrganisation")} ${row.name}`}
      okText={t("closeOrganisation")}
      cancelText={s("cancel")}
      okButtonProps={{
        danger: true,
        disabled: !closing.data || (some && people === "move" && to === undefined),
      }}
      confirmLoading={close.isPending}
      onCancel={onClose}
      onOk={() => close.mutate(undefined as never)}
    >
      <p>{t("closingLead")}</p>
      <Loaded of={closing} rows={3}>
        {(found) => (
          <>
            {ENDS.every((what) => found[what] === 0) ? (
              <p className="muted">{t("endsNothing")}</p>
            ) : (
              <>
                <strong id={`${id}e`}>{t("closingEnds")}</strong>
                <ul aria-labelledby={`${id}e`}>
                  {ENDS.filter((what) => found[what] > 0).map((what) => (
                    <li key={what}>{t(`ends_${what}`, { n: found[what] })}</li>
                  ))}
                </ul>
              </>
            )}
            {found.people > 0 && (
              <div className="admin-form">
                <span id={`${id}p`} className="admin-label">
                  {t("peopleGo")}
                </span>
                <Radio.Group
                  vertical
                  aria-labelledby={`${id}p`}
                  value={people}
                  options={[
                    { value: "move", label: t("peopleMove") },
                    { value: "close", label: t("peopleClose") },
                  ]}
                  onChange={(event) => setPeople(event.target.value)}
                />
                {people === "move" && (
                  <>
                    <label htmlFor={`${id}t`}>{t("moveTo")}</label>
                    <OrganisationSelect id={`${id}t`} value={to} onChange={setTo} />
                  </>
                )}
              </div>
            )}
          </>
        )}
      </Loaded>
      {close.error && (
        <p role="alert" className="form-error">
          {errorText(close.error)}
        </p>
      )}
    </Modal>
  );
}
