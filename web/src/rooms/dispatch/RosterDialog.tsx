import { Modal, Select } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Roster, useChange, useChoices } from "./queries";
import { words } from "./words";

/** A new roster: which duty, of which place. */
export function RosterDialog({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const id = useId();
  const choices = useChoices().data;
  const [duty, setDuty] = useState<Roster["duty"]>();
  const [place, setPlace] = useState<number>();
  const change = useChange(onClose);
  const chosenDuty = duty ?? choices?.duties[0];
  const chosenPlace = place ?? choices?.places[0]?.id;
  return (
    <Modal
      open
      title={t("newRoster")}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: chosenPlace === undefined || chosenDuty === undefined }}
      confirmLoading={change.isPending}
      onCancel={onClose}
      onOk={() =>
        change.mutate({ path: "rosters", body: { organisation_id: chosenPlace, duty: chosenDuty } })
      }
    >
      <div className="form-grid">
        <label htmlFor={`${id}d`}>{t("duty")}</label>
        <Select
          id={`${id}d`}
          value={chosenDuty}
          onChange={setDuty}
          options={choices?.duties.map((one) => ({ value: one, label: t(one) }))}
        />
        <label htmlFor={`${id}p`}>{t("place")}</label>
        <Select
          id={`${id}p`}
          value={chosenPlace}
          onChange={setPlace}
          options={choices?.places.map((one) => ({ value: one.id, label: one.name }))}
        />
      </div>
      {change.error && (
        <p role="alert" className="form-error">
          {errorText(change.error)}
        </p>
      )}
    </Modal>
  );
}
