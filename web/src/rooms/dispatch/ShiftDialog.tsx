import { App, Button, Input, Modal, Select } from "antd";
import { useId, useState } from "react";
import { useEither, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useChange, useChoices } from "./queries";
import type { Asked } from "./RostersPanel";
import { localInput } from "./week";
import { words } from "./words";

/** One shift: a new one (eight hours from the hole that was clicked, or from eight o'clock), or one to change. */
export function ShiftDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const id = useId();
  const people = useChoices().data?.people ?? [];
  const { roster, shift } = asked;
  const begin = shift ? new Date(shift.starts_at) : (asked.day ?? eightOClock());
  const finish = shift ? new Date(shift.ends_at) : new Date(begin.getTime() + 8 * 3_600_000);
  const [person, setPerson] = useState<number | undefined>(shift?.person.id);
  const [from, setFrom] = useState(localInput(begin));
  const [to, setTo] = useState(localInput(finish));
  const done = () => {
    message.success(t("saved"));
    onClose();
  };
  const change = useChange(done);
  const remove = useChange(done);
  const save = () => {
    if (person === undefined || !from || !to || change.isPending) return;
    const body = {
      person_id: person,
      starts_at: new Date(from).toISOString(),
      ends_at: new Date(to).toISOString(),
    };
    change.mutate({ path: shift ? `shifts/${shift.id}` : `rosters/${roster.id}/shifts`, body });
  };
  const problem = change.error ?? remove.error;
  return (
    <Modal
      open
      title={`${t(shift ? "changeShift" : "addShift")} · ${t(roster.duty)}`}
      onCancel={onClose}
      footer={[
        shift && (
          <Button
            key="remove"
            danger
            loading={remove.isPending}
            onClick={() => remove.mutate({ path: `shifts/${shift.id}/remove` })}
          >
            {t("removeShift")}
          </Button>
        ),
        <Button key="cancel" onClick={onClose}>
          {s("cancel")}
        </Button>,
        <Button
          key="save"
          type="primary"
          disabled={person === undefined}
          loading={change.isPending}
          onClick={save}
        >
          {t("save")}
        </Button>,
      ]}
    >
      <div className="form-grid">
        <label htmlFor={`${id}p`}>{t("person")}</label>
        <Select
          id={`${id}p`}
          value={person}
          onChange={setPerson}
          showSearch={{ optionFilterProp: "label" }}
          options={people.map((one) => ({
            value: one.id,
            label: either(one.name, one.name_en),
          }))}
        />
        <label htmlFor={`${id}f`}>{t("from")}</label>
        <Input
          id={`${id}f`}
          type="datetime-local"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <label htmlFor={`${id}t`}>{t("until")}</label>
        <Input
          id={`${id}t`}
          type="datetime-local"
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
      </div>
      {problem && (
        <p role="alert" className="form-error">
          {errorText(problem)}
        </p>
      )}
    </Modal>
  );
}

function eightOClock(): Date {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate(), 8);
}
