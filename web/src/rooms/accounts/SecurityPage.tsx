import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Input, Modal } from "antd";
import { useId, useState } from "react";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type Security, useChange, useSecurity, useSessions } from "./accounts";
import { PasswordForm } from "./PasswordForm";
import { makePasskey, passkeysWork } from "./passkeys";
import { useMe } from "./session";
import { TotpDialog } from "./TotpDialog";
import { useConfirmed } from "./useConfirmed";
import { words } from "./words";
import "./accounts.css";

/** One's own password, second step and devices. Also what stands before everything else when something must be done. */
export default function SecurityPage() {
  const t = useWords(words);
  const me = useMe();
  const security = useSecurity();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("security")}</h1>
        <span className="muted">{t("securityLead")}</span>
      </div>
      {me.must && (
        <Alert
          role="alert"
          type="warning"
          showIcon
          className="gap-below"
          title={t(me.must === "password" ? "mustPassword" : "mustSecond")}
        />
      )}
      <Loaded of={security} rows={8}>
        {(found) => (
          <div className="security">
            {me.must !== "second_factor" && <PasswordPanel security={found} />}
            {me.must !== "password" && <SecondStepPanel security={found} />}
            {!me.must && <DevicesPanel />}
          </div>
        )}
      </Loaded>
    </div>
  );
}

function PasswordPanel({ security }: { security: Security }) {
  const t = useWords(words);
  return (
    <section className="panel" aria-labelledby="password-title">
      <h2 id="password-title">{t("passwordTitle")}</h2>
      {security.password ? (
        <>
          {security.password_changed_at && (
            <p className="muted num">{t("passwordSince", { at: moment(security.password_changed_at) })}</p>
          )}
          <PasswordForm least={security.password_length} />
        </>
      ) : (
        <p>{t("noPassword")}</p>
      )}
    </section>
  );
}

function SecondStepPanel({ security }: { security: Security }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message, modal } = App.useApp();
  const confirmed = useConfirmed();
  const [settingUp, setSettingUp] = useState(false);
  const [naming, setNaming] = useState(false);
  const [codes, setCodes] = useState<string[]>([]);
  const client = useQueryClient();
  const done = (fresh: string[]) => {
    setCodes(fresh);
    // Only once the codes were seen: whoever had to do this first goes on to other pages then.
    if (fresh.length === 0) void client.invalidateQueries({ queryKey: ["me"] });
  };
  const change = useChange((work: () => Promise<unknown>) => confirmed(work));
  const act = (work: () => Promise<unknown>) =>
    change.mutateAsync(work).catch((error) => message.error(errorText(error)));
  const remove = (title: string, why: string, work: () => Promise<void>) =>
    modal.confirm({
      title,
      content: why,
      okText: t("remove"),
      cancelText: s("cancel"),
      okButtonProps: { danger: true },
      onOk: () => void act(work),
    });
  const some = security.totp || security.passkeys.length > 0;
  return (
    <section className="panel" aria-labelledby="second-title">
      <h2 id="second-title">{t("secondStep")}</h2>
      <p className="muted">{t("secondStepLead")}</p>
      <div className="security-row">
        <span>
          <strong>{t("app")}</strong>
          <span className={security.totp ? "state-on" : "muted"}>
            {t(security.totp ? "appOn" : "appOff")}
          </span>
        </span>
        {security.totp ? (
          <Button
            danger
            aria-label={`${t("remove")} ${t("app")}`}
            onClick={() => remove(`${t("remove")} ${t("app")}`, t("removeAppWhy"), ask.removeTotp)}
          >
            {t("remove")}
          </Button>
        ) : (
          <Button type="primary" aria-label={`${t("setUp")} ${t("app")}`} onClick={() => setSettingUp(true)}>
            {t("setUp")}
          </Button>
        )}
      </div>
      <div className="security-row">
        <span>
          <strong>{t("passkeys")}</strong>
          <span className="muted">{t(passkeysWork() ? "passkeysLead" : "passkeysNo")}</span>
        </span>
        {passkeysWork() && <Button onClick={() => setNaming(true)}>{t("addPasskey")}</Button>}
      </div>
      {security.passkeys.map((one) => (
        <div className="security-row" key={one.id}>
          <span>
            <strong>{one.name}</strong>
            <span className="muted num">
              {t("passkeyAdded", { at: moment(one.added_at) })} ·{" "}
              {one.last_used_at ? t("passkeyUsed", { at: moment(one.last_used_at) }) : t("passkeyUnused")}
            </span>
          </span>
          <Button
            danger
            aria-label={`${t("remove")} ${one.name}`}
            onClick={() =>
              remove(`${t("remove")} ${one.name}`, t("removePasskeyWhy"), () => ask.removePasskey(one.id))
            }
          >
            {t("remove")}
          </Button>
        </div>
      ))}
      {some && (
        <div className="security-row">
          <span>
            <strong>{t("recovery")}</strong>
            <span className="muted num">{t("recoveryLeft", { n: security.recovery_codes_left })}</span>
          </span>
          <Button
            onClick={() =>
              modal.confirm({
                title: `${t("recovery")} · ${t("recoveryNew")}`,
                content: t("recoveryNewWhy"),
                okText: t("recoveryNew"),
                cancelText: s("cancel"),
                onOk: () =>
                  void act(async () => {
                    done((await ask.recoveryCodes()).codes);
                  }),
              })
            }
          >
            {t("recoveryNew")}
          </Button>
        </div>
      )}
      {settingUp && (
        <TotpDialog
          onClose={() => setSettingUp(false)}
          onDone={(fresh) => {
            setSettingUp(false);
            done(fresh);
          }}
        />
      )}
      {naming && (
        <PasskeyDialog
          onClose={() => setNaming(false)}
          onDone={(fresh) => {
            setNaming(false);
            done(fresh);
          }}
        />
      )}
      {codes.length > 0 && <RecoveryCodes codes={codes} onClose={() => done([])} />}
    </section>
  );
}

function PasskeyDialog({ onClose, onDone }: { onClose: () => void; onDone: (codes: string[]) => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const confirmed = useConfirmed();
  const id = useId();
  const [name, setName] = useState("");
  const make = useChange(
    () => confirmed(() => makePasskey(name.trim())),
    (made) => made && onDone(made.codes),
  );
  const refused = make.isSuccess && make.data === null;
  return (
    <Modal
      open
      title={t("addPasskey")}
      okText={t("addPasskey")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !name.trim() }}
      confirmLoading={make.isPending}
      onCancel={onClose}
      onOk={() => make.mutate(undefined as never)}
    >
      <div className="admin-form">
        <label htmlFor={id}>{t("passkeyName")}</label>
        <Input
          id={id}
          autoFocus
          maxLength={60}
          value={name}
          placeholder={t("passkeyNameHint")}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      {(make.error || refused) && (
        <p role="alert" className="form-error">
          {make.error ? errorText(make.error) : t("passkeyRefused")}
        </p>
      )}
    </Modal>
  );
}

function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const t = useWords(words);
  return (
    <Modal
      open
      title={t("recoveryTitle")}
      okText={t("kept")}
      cancelButtonProps={{ hidden: true }}
      closable={false}
      onOk={onClose}
    >
      <p>{t("recoveryLead")}</p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Modal>
  );
}

function DevicesPanel() {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const sessions = useSessions();
  const end = useChange(ask.endSession);
  const others = useChange(ask.endOthers, ({ sessions: n }) => message.success(t("ended", { n })));
  const failed = (error: unknown) => message.error(errorText(error));
  return (
    <section className="panel" aria-labelledby="devices-title">
      <h2 id="devices-title">{t("devices")}</h2>
      <Loaded of={sessions} rows={3}>
        {(rows) => (
          <>
            {rows.map((row) => (
              <div className="security-row" key={row.id}>
                <span>
                  <strong>
                    {row.device} {row.current && <span className="state-on">{t("thisDevice")}</span>}
                  </strong>
                  <span className="muted num">
                    {row.address} · {t("seen", { at: moment(row.seen_at) })} ·{" "}
                    {t("since", { at: moment(row.started_at) })}
                  </span>
                </span>
                {!row.current && (
                  <Button
                    aria-label={`${t("end")} ${row.device}`}
                    onClick={() => end.mutate(row.id, { onError: failed })}
                  >
                    {t("end")}
                  </Button>
                )}
              </div>
            ))}
            {rows.length > 1 && (
              <div className="security-row">
                <Button
                  danger
                  loading={others.isPending}
                  onClick={() => others.mutate(undefined as never, { onError: failed })}
                >
                  {t("endOthers")}
                </Button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
