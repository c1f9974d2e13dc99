import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Input, InputNumber, Modal } from "antd";
import { useId, useState } from "react";
import { moment } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type KeyMade, type ServiceKey, useChange, useGrantable, useKeys, useMatrix } from "../accounts";
import { useMe } from "../session";
import { useConfirmed } from "../useConfirmed";
import { OrganisationSelect } from "./Choices";
import { words } from "./words";

/** Service keys of the organisations that one administers. */
export function KeysPanel() {
  const t = useWords(words);
  const s = useWords(shared);
  const keys = useKeys();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<KeyMade | null>(null);
  return (
    <>
      <p className="muted">{t("keysLead")}</p>
      <div className="admin-bar">
        <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>
          {t("addKey")}
        </Button>
      </div>
      <Loaded of={keys} rows={5}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState text={t("noKeys")} />
          ) : (
            <section className="panel">
              {rows.map((key) => (
                <KeyRow key={key.id} row={key} />
              ))}
            </section>
          )
        }
      </Loaded>
      {making && <KeyDialog onClose={() => setMaking(false)} onMade={setMade} />}
      {made && (
        <Modal
          open
          title={t("keyTitle")}
          okText={s("close")}
          closable={false}
          cancelButtonProps={{ hidden: true }}
          onOk={() => setMade(null)}
        >
          <p>{t("keyLead")}</p>
          <p className="secret">{made.key}</p>
          <p className="muted num">{t("expires", { at: moment(made.expires_at) })}</p>
        </Modal>
      )}
    </>
  );
}

/** What each permission allows, in words. */
function usePermissionTexts(): Map<string, string> {
  const matrix = useMatrix();
  const pick = usePick();
  return new Map((matrix.data?.permissions ?? []).map((one) => [one.name, pick(one, "text")]));
}

function KeyRow({ row }: { row: ServiceKey }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const { message, modal } = App.useApp();
  const revoke = useChange(ask.revokeKey);
  const texts = usePermissionTexts();
  const over = row.revoked_at !== null || new Date(row.expires_at) <= new Date();
  const by = row.made_by ? either(row.made_by, row.made_by_en ?? row.made_by) : t("above");
  return (
    <div className="security-row">
      <span>
        <strong>
          {row.name} <code className="muted">{row.prefix}…</code>
        </strong>
        <span className="muted">{row.organisation_name} · </span>
        <span className="muted num">
          {t("madeBy", { by, at: moment(row.made_at) })} ·{" "}
          {row.last_used_at
            ? t("lastUsed", { at: moment(row.last_used_at), from: row.last_used_from })
            : t("unused")}
        </span>
        <br />
        {row.permissions.map((one) => texts.get(one) ?? one).join(t("listComma"))}
      </span>
      {over ? (
        <span className="muted">{t(row.revoked_at ? "revoked" : "expired")}</span>
      ) : (
        <>
          <span className="num">{t("expires", { at: moment(row.expires_at) })}</span>
          <Button
            danger
            aria-label={`${t("revoke")} ${row.name}`}
            onClick={() =>
              modal.confirm({
                title: `${t("revoke")} ${row.name}`,
                content: t("revokeWhy"),
                okText: t("revoke"),
                cancelText: s("cancel"),
                okButtonProps: { danger: true },
                onOk: () => revoke.mutateAsync(row.id).catch((error) => message.error(errorText(error))),
              })
            }
          >
            {t("revoke")}
          </Button>
        </>
      )}
    </div>
  );
}

function KeyDialog({ onClose, onMade }: { onClose: () => void; onMade: (made: KeyMade) => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const me = useMe();
  const grantable = useGrantable();
  const confirmed = useConfirmed();
  const id = useId();
  const [name, setName] = useState("");
  const [organisation, setOrganisation] = useState(me.organisation.id);
  const [days, setDays] = useState(90);
  const [chosen, setChosen] = useState<string[]>([]);
  const make = useChange(
    () =>
      confirmed(() =>
        ask.makeKey({ name: name.trim(), organisation_id: organisation, permissions: chosen, days }),
      ),
    (made) => {
      if (made === null) return;
      onClose();
      onMade(made);
    },
  );
  const texts = usePermissionTexts();
  return (
    <Modal
      open
      title={t("addKey")}
      okText={t("addKey")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !name.trim() || chosen.length === 0 }}
      confirmLoading={make.isPending}
      onCancel={onClose}
      onOk={() => make.mutate(undefined as never)}
    >
      <div className="admin-form">
        <label htmlFor={`${id}n`}>{t("keyName")}</label>
        <Input
          id={`${id}n`}
          maxLength={80}
          value={name}
          placeholder={t("keyNameHint")}
          onChange={(event) => setName(event.target.value)}
        />
        <label htmlFor={`${id}o`}>{t("organisation")}</label>
        <OrganisationSelect
          id={`${id}o`}
          value={organisation}
          known={{ id: me.organisation.id, name: me.organisation.name }}
          onChange={setOrganisation}
        />
        <label htmlFor={`${id}d`}>{t("days")}</label>
        <InputNumber
          id={`${id}d`}
          min={1}
          max={366}
          value={days}
          onChange={(value) => setDays(value ?? 90)}
        />
        <fieldset className="permission-choice">
          <legend>{t("permissions")}</legend>
          {(grantable.data ?? []).map((permission) => (
            <Checkbox
              key={permission}
              checked={chosen.includes(permission)}
              onChange={(event) =>
                setChosen((before) =>
                  event.target.checked ? [...before, permission] : before.filter((one) => one !== permission),
                )
              }
            >
              {texts.get(permission) ?? permission}
            </Checkbox>
          ))}
        </fieldset>
      </div>
      {make.error && (
        <p role="alert" className="form-error">
          {errorText(make.error)}
        </p>
      )}
    </Modal>
  );
}
