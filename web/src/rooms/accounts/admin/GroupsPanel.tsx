import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Input, Modal, Select } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type Provider, useChange, useMappings, useProviders } from "../accounts";
import { useConfirmed } from "../useConfirmed";
import { OrganisationSelect, RoleSelect, useRoleName } from "./Choices";
import { words } from "./words";

/** What groups of identity providers stand for here. */
export function GroupsPanel() {
  const t = useWords(words);
  const providers = useProviders();
  const mappings = useMappings();
  const roleName = useRoleName();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const remove = useChange(ask.unmap);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <p className="muted">{t("groupsLead")}</p>
      <Loaded of={providers} rows={2}>
        {(known) =>
          known.length === 0 ? (
            <EmptyState text={t("noProviders")} />
          ) : (
            <div className="admin-bar">
              <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
                {t("addMapping")}
              </Button>
              {adding && <MappingDialog providers={known} onClose={() => setAdding(false)} />}
            </div>
          )
        }
      </Loaded>
      <Loaded of={mappings} rows={3}>
        {(rows) =>
          rows.length === 0 ? (
            (providers.data ?? []).length > 0 && <EmptyState text={t("noMappings")} />
          ) : (
            <section className="panel">
              {rows.map((row) => (
                <div className="security-row" key={row.id}>
                  <span>
                    <strong>{row.group}</strong>
                    <span className="muted">
                      {providers.data?.find((one) => one.id === row.provider)?.name ?? row.provider} →{" "}
                      {row.organisation_name} · {row.roles.map(roleName).join(t("listComma"))}
                    </span>
                  </span>
                  <Button
                    danger
                    aria-label={`${t("removeMapping")} ${row.group}`}
                    onClick={() =>
                      remove.mutate(row.id, { onError: (error) => message.error(errorText(error)) })
                    }
                  >
                    {t("removeMapping")}
                  </Button>
                </div>
              ))}
            </section>
          )
        }
      </Loaded>
    </>
  );
}

function MappingDialog({ providers, onClose }: { providers: Provider[]; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const confirmed = useConfirmed();
  const id = useId();
  const [provider, setProvider] = useState(providers[0]?.id ?? "");
  const [group, setGroup] = useState("");
  const [organisation, setOrganisation] = useState<number>();
  const [roles, setRoles] = useState<string[]>([]);
  const save = useChange(
    (organisation_id: number) =>
      confirmed(() => ask.map({ provider, group: group.trim(), organisation_id, roles })),
    (made) => made && onClose(),
  );
  return (
    <Modal
      open
      title={t("addMapping")}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !group.trim() || organisation === undefined || roles.length === 0 }}
      confirmLoading={save.isPending}
      onCancel={onClose}
      onOk={() => organisation !== undefined && save.mutate(organisation)}
    >
      <div className="admin-form">
        <label htmlFor={`${id}p`}>{t("provider")}</label>
        <Select
          id={`${id}p`}
          value={provider}
          onChange={setProvider}
          options={providers.map((one) => ({ value: one.id, label: one.name }))}
        />
        <label htmlFor={`${id}g`}>{t("group")}</label>
        <Input
          id={`${id}g`}
          maxLength={120}
          value={group}
          onChange={(event) => setGroup(event.target.value)}
        />
        <label htmlFor={`${id}o`}>{t("organisation")}</label>
        <OrganisationSelect id={`${id}o`} value={organisation} onChange={setOrganisation} />
        <label htmlFor={`${id}r`}>{t("role")}</label>
        <RoleSelect id={`${id}r`} value={roles} onChange={setRoles} />
      </div>
      {save.error && (
        <p role="alert" className="form-error">
          {errorText(save.error)}
        </p>
      )}
    </Modal>
  );
}
