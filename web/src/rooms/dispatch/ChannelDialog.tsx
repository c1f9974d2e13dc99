import { App, Input, Modal, Select, Switch } from "antd";
import { useContext, useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { MeContext } from "@/rooms/accounts/session";
import { type Channel, useChange, useRosters } from "./queries";
import { weekOf } from "./week";
import { words } from "./words";

type Field = { key: string; secret?: boolean; optional?: boolean; hint?: "secretMade" };
const FIELDS: Record<string, Field[]> = {
  dingtalk: [
    { key: "token", secret: true },
    { key: "secret", secret: true, optional: true },
    { key: "base", optional: true },
  ],
  wecom: [
    { key: "token", secret: true },
    { key: "base", optional: true },
  ],
  feishu: [
    { key: "token", secret: true },
    { key: "secret", secret: true, optional: true },
    { key: "base", optional: true },
  ],
  sms: [{ key: "address", secret: true }],
  email: [
    { key: "host" },
    { key: "port", optional: true },
    { key: "mode" },
    { key: "sender" },
    { key: "user", optional: true },
    { key: "password", secret: true, optional: true },
  ],
  webhook: [{ key: "url" }, { key: "secret", secret: true, optional: true, hint: "secretMade" }],
};
const KINDS = ["dingtalk", "wecom", "feishu", "sms", "email", "webhook"] as const;
const MODES = ["starttls", "ssl", "insecure"];

/** One channel, new or to change. Keys are never shown again; one that is left empty stays. */
export function ChannelDialog({ channel, onClose }: { channel?: Channel; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const id = useId();
  const home = useHome();
  const [kind, setKind] = useState<string>(channel?.kind ?? "dingtalk");
  const [name, setName] = useState(channel?.name ?? "");
  const [enabled, setEnabled] = useState(channel?.enabled ?? true);
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(Object.entries(channel?.settings ?? {}).map(([key, value]) => [key, String(value)])),
  );
  const change = useChange(() => {
    message.success(t("saved"));
    onClose();
  });
  const fields = FIELDS[kind] ?? [];
  const of = (secret: boolean) =>
    Object.fromEntries(
      fields
        .filter((one) => Boolean(one.secret) === secret && values[one.key])
        .map((one) => [one.key, values[one.key] ?? ""]),
    );
  const save = () => {
    const body = { name, settings: of(false), secret: of(true) };
    if (channel) change.mutate({ path: `channels/${channel.id}`, body: { ...body, enabled } });
    else change.mutate({ path: "channels", body: { ...body, organisation_id: home, kind } });
  };
  const set = (key: string, value: string) => setValues((before) => ({ ...before, [key]: value }));
  return (
    <Modal
      open
      title={t(channel ? "changeChannel" : "addChannel")}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !name.trim() || home === undefined }}
      confirmLoading={change.isPending}
      onCancel={onClose}
      onOk={save}
    >
      <div className="form-grid">
        <label htmlFor={`${id}k`}>{t("kind")}</label>
        <Select
          id={`${id}k`}
          value={kind}
          disabled={channel !== undefined}
          onChange={setKind}
          options={KINDS.map((one) => ({ value: one, label: t(one) }))}
        />
        <label htmlFor={`${id}n`}>{t("name")}</label>
        <Input id={`${id}n`} maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
        {fields.map((field) => (
          <FieldRow
            key={field.key}
            id={`${id}${field.key}`}
            field={field}
            value={values[field.key] ?? ""}
            kept={channel?.has_secret ?? false}
            onChange={(value) => set(field.key, value)}
          />
        ))}
        {channel && (
          <>
            <label htmlFor={`${id}e`}>{t("enabled")}</label>
            <span>
              <Switch id={`${id}e`} checked={enabled} onChange={setEnabled} />
            </span>
          </>
        )}
      </div>
      {kind === "sms" && <p className="muted break">{t("smsHelp")}</p>}
      {change.error && (
        <p role="alert" className="form-error">
          {errorText(change.error)}
        </p>
      )}
    </Modal>
  );
}

interface RowProps {
  id: string;
  field: Field;
  value: string;
  kept: boolean;
  onChange: (value: string) => void;
}

function FieldRow({ id, field, value, kept, onChange }: RowProps) {
  const t = useWords(words);
  const hint = field.secret && kept ? t("keepSecret") : field.hint ? t(field.hint) : undefined;
  const label = <label htmlFor={id}>{t(field.key as keyof typeof words)}</label>;
  if (field.key === "mode")
    return (
      <>
        {label}
        <Select
          id={id}
          value={value || "starttls"}
          onChange={onChange}
          options={MODES.map((one) => ({ value: one, label: one }))}
        />
      </>
    );
  return (
    <>
      {label}
      {field.secret ? (
        <Input.Password
          id={id}
          autoComplete="new-password"
          value={value}
          placeholder={hint}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <Input id={id} value={value} placeholder={hint} onChange={(event) => onChange(event.target.value)} />
      )}
    </>
  );
}

/** The organisation whose channels these are: of somebody in a team, their enterprise. */
function useHome(): number | undefined {
  const me = useContext(MeContext);
  const start = weekOf(new Date());
  const rosters = useRosters(start, new Date(start.getTime() + 86_400_000));
  return rosters.data?.organisation_id ?? me?.organisation.id;
}
