import { useQueryClient } from "@tanstack/react-query";
import { Button, Input, InputNumber, Modal } from "antd";
import { useId, useState } from "react";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type GlassRow, useChange, useEmergencies, useLooks } from "../accounts";
import { useMay } from "../session";
import { useConfirmed } from "../useConfirmed";
import { BeyondSelect } from "./Choices";
import { words } from "./words";

/** Emergency access: who read what beyond their scope, and opening it for whoever may. */
export function EmergencyPanel() {
  const t = useWords(words);
  const rows = useEmergencies();
  const may = useMay("accounts.break_glass");
  const [opening, setOpening] = useState(false);
  const [shown, setShown] = useState<GlassRow | null>(null);
  return (
    <>
      <p className="muted">{t("emergencyLead")}</p>
      {may && (
        <div className="admin-bar">
          <Button danger onClick={() => setOpening(true)}>
            {t("openGlass")}
          </Button>
        </div>
      )}
      <Loaded of={rows} rows={4}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState text={t("noEmergency")} />
          ) : (
            <section className="panel">
              {found.map((row) => (
                <Row key={row.id} row={row} onShow={() => setShown(row)} />
              ))}
            </section>
          )
        }
      </Loaded>
      {opening && <GlassDialog onClose={() => setOpening(false)} />}
      {shown && <LooksDialog row={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function Row({ row, onShow }: { row: GlassRow; onShow: () => void }) {
  const t = useWords(words);
  const either = useEither();
  const who = either(row.person_name, row.person_name_en);
  return (
    <div className="security-row">
      <span>
        <strong>{t("opened", { who, from: row.person_organisation, what: row.organisation_name })}</strong>
        <span>{row.reason}</span>
        <br />
        <span className="muted num">
          {row.ended_at
            ? t("during", { from: moment(row.opened_at), to: moment(row.ended_at) })
            : t("running", { to: moment(row.ends_at) })}
        </span>
      </span>
      <Button disabled={row.looks === 0} onClick={onShow}>
        {t("looks", { n: row.looks })}
      </Button>
    </div>
  );
}

function LooksDialog({ row, onClose }: { row: GlassRow; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const looks = useLooks(row.id);
  // The address says exactly what was asked for, the word before it says so to people.
  const about = (address: string) => {
    const key = `look_${/^\/api\/([a-z-]+)/.exec(address)?.[1] ?? ""}`;
    return key in words ? t(key as keyof typeof words) : "";
  };
  return (
    <Modal
      open
      title={`${t("emergency")} · ${row.organisation_name}`}
      okText={s("close")}
      cancelButtonProps={{ hidden: true }}
      onCancel={onClose}
      onOk={onClose}
    >
      <Loaded of={looks} rows={4}>
        {(found) => (
          <ol className="permission-choice" aria-label={t("emergency")}>
            {found.map((look) => (
              <li key={`${look.at}${look.address}`}>
                <span className="muted num">{moment(look.at)}</span> {about(look.address)}
                <br />
                <code className="secret muted">{look.address}</code>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Modal>
  );
}

function GlassDialog({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const confirmed = useConfirmed();
  const client = useQueryClient();
  const id = useId();
  const [organisation, setOrganisation] = useState<number>();
  const [minutes, setMinutes] = useState(30);
  const [reason, setReason] = useState("");
  const open = useChange(
    (organisation_id: number) =>
      confirmed(() => ask.openGlass({ organisation_id, minutes, reason: reason.trim() })),
    (made) => {
      if (made === null) return;
      onClose();
      void client.invalidateQueries(); // every page shows the other organisation from now on
    },
  );
  return (
    <Modal
      open
      title={t("openGlass")}
      okText={t("openGlass")}
      cancelText={s("cancel")}
      okButtonProps={{ danger: true, disabled: organisation === undefined || reason.trim().length < 5 }}
      confirmLoading={open.isPending}
      onCancel={onClose}
      onOk={() => organisation !== undefined && open.mutate(organisation)}
    >
      <div className="admin-form">
        <label htmlFor={`${id}o`}>{t("organisation")}</label>
        <BeyondSelect id={`${id}o`} value={organisation} onChange={setOrganisation} />
        <label htmlFor={`${id}m`}>{t("minutes")}</label>
        <InputNumber id={`${id}m`} min={1} max={120} value={minutes} onChange={(v) => setMinutes(v ?? 30)} />
        <label htmlFor={`${id}r`}>{t("why")}</label>
        <Input.TextArea
          id={`${id}r`}
          rows={3}
          maxLength={500}
          value={reason}
          placeholder={t("whyHint")}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      {open.error && (
        <p role="alert" className="form-error">
          {errorText(open.error)}
        </p>
      )}
    </Modal>
  );
}
