import { App, Button, Input, Modal, Select } from "antd";
import { useId, useState } from "react";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type Rosters, useChange, useChoices } from "./queries";
import { localInput } from "./week";
import { words } from "./words";

/** Who is away in the week shown, and who takes their shifts. */
export function StandIns({ data, days, manages }: { data: Rosters; days: Date[]; manages: boolean }) {
  const t = useWords(words);
  const either = useEither();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const remove = useChange();
  return (
    <section className="panel" aria-labelledby="stand-ins">
      <div className="panel-head">
        <h2 id="stand-ins">{t("standIns")}</h2>
        {manages && (
          <Button size="small" className="panel-tools" onClick={() => setOpen(true)}>
            {t("addStandIn")}
          </Button>
        )}
      </div>
      {data.stand_ins.length === 0 && <p className="muted">{t("noStandIns")}</p>}
      <ul className="plain-rows">
        {data.stand_ins.map((row) => (
          <li key={row.id}>
            <span>
              <strong>{either(row.person.name, row.person.name_en)}</strong> →{" "}
              {row.stand_in ? (
                either(row.stand_in.name, row.stand_in.name_en)
              ) : (
                <strong className="form-error">{t("standInNone")}</strong>
              )}
            </span>
            <span className="muted num">
              {moment(row.starts_at)} – {moment(row.ends_at)} {row.why}
            </span>
            {manages && (
              <Button
                size="small"
                type="text"
                aria-label={`${t("back")} ${either(row.person.name, row.person.name_en)}`}
                onClick={() =>
                  remove.mutate(
                    { path: `stand-ins/${row.id}/remove` },
                    { onError: (error) => message.error(errorText(error)) },
                  )
                }
              >
                {t("back")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {open && <StandInDialog from={days[0] as Date} onClose={() => setOpen(false)} />}
    </section>
  );
}

const NOBODY = 0;

function StandInDialog({ from, onClose }: { from: Date; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const id = useId();
  const people = useChoices().data?.people ?? [];
  const [person, setPerson] = useState<number>();
  const [standIn, setStandIn] = useState<number>(NOBODY);
  const [starts, setStarts] = useState(localInput(from));
  const [ends, setEnds] = useState(localInput(new Date(from.getTime() + 86_400_000)));
  const [why, setWhy] = useState("");
  const change = useChange(onClose);
  const options = people.map((one) => ({ value: one.id, label: either(one.name, one.name_en) }));
  const save = () =>
    change.mutate({
      path: "stand-ins",
      body: {
        person_id: person,
        stand_in_id: standIn === NOBODY ? null : standIn,
        starts_at: new Date(starts).toISOString(),
        ends_at: new Date(ends).toISOString(),
        why,
      },
    });
  return (
    <Modal
      open
      title={t("addStandIn")}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: person === undefined || !starts || !ends }}
      confirmLoading={change.isPending}
      onCancel={onClose}
      onOk={save}
    >
      <div className="form-grid">
        <label htmlFor={`${id}p`}>{t("person")}</label>
        <Select id={`${id}p`} value={person} onChange={setPerson} options={options} />
        <label htmlFor={`${id}s`}>{t("standIn")}</label>
        <Select
          id={`${id}s`}
          value={standIn}
          onChange={setStandIn}
          options={[
            { value: NOBODY, label: t("standInNone") },
            ...options.filter((one) => one.value !== person),
          ]}
        />
        <label htmlFor={`${id}f`}>{t("from")}</label>
        <Input
          id={`${id}f`}
          type="datetime-local"
          value={starts}
          onChange={(event) => setStarts(event.target.value)}
        />
        <label htmlFor={`${id}t`}>{t("until")}</label>
        <Input
          id={`${id}t`}
          type="datetime-local"
          value={ends}
          onChange={(event) => setEnds(event.target.value)}
        />
        <label htmlFor={`${id}w`}>{t("why")}</label>
        <Input id={`${id}w`} maxLength={200} value={why} onChange={(event) => setWhy(event.target.value)} />
      </div>
      {change.error && (
        <p role="alert" className="form-error">
          {errorText(change.error)}
        </p>
      )}
    </Modal>
  );
}
