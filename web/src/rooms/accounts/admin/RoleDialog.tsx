import { App, Checkbox, Input, Modal } from "antd";
import { useId, useState } from "react";
import { usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type Role, useChange, useMatrix } from "../accounts";
import { useMe } from "../session";
import { useConfirmed } from "../useConfirmed";
import { OrganisationSelect } from "./Choices";
import { words } from "./words";

/** A role of one's own organisation, new or to change: of the permissions that one holds oneself. */
export function RoleDialog({ role, onClose }: { role?: Role; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const me = useMe();
  const matrix = useMatrix();
  const confirmed = useConfirmed();
  const id = useId();
  const [zh, setZh] = useState(role?.name_zh ?? "");
  const [en, setEn] = useState(role?.name_en ?? "");
  const [organisation, setOrganisation] = useState(role?.organisation_id ?? me.organisation.id);
  const [chosen, setChosen] = useState<string[]>(role?.permissions ?? []);
  const [second, setSecond] = useState(role?.second_factor ?? false);
  const save = useChange(
    () =>
      confirmed(() =>
        ask.saveRole(role?.name ?? null, {
          name_zh: zh.trim(),
          name_en: en.trim(),
          organisation_id: organisation,
          permissions: chosen,
          second_factor: second,
        }),
      ),
    (made) => {
      if (made === null) return;
      message.success(t("saved"));
      onClose();
    },
  );
  const mine = (matrix.data?.permissions ?? []).filter((one) => one.mine);
  return (
    <Modal
      open
      title={t(role ? "editRole" : "addRole")}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !zh.trim() || !en.trim() }}
      confirmLoading={save.isPending}
      onCancel={onClose}
      onOk={() => save.mutate(undefined as never)}
    >
      <div className="admin-form">
        <label htmlFor={`${id}z`}>{t("nameZh")}</label>
        <Input id={`${id}z`} maxLength={60} value={zh} onChange={(event) => setZh(event.target.value)} />
        <label htmlFor={`${id}e`}>{t("nameEn")}</label>
        <Input id={`${id}e`} maxLength={60} value={en} onChange={(event) => setEn(event.target.value)} />
        <label htmlFor={`${id}o`}>{t("organisation")}</label>
        <OrganisationSelect
          id={`${id}o`}
          value={organisation}
          known={
            role?.organisation_id != null && role.organisation_name
              ? { id: role.organisation_id, name: role.organisation_name }
              : { id: me.organisation.id, name: me.organisation.name }
          }
          onChange={setOrganisation}
        />
        <fieldset className="permission-choice">
          <legend>{t("permissions")}</legend>
          {mine.map((one) => (
            <Checkbox
              key={one.name}
              checked={chosen.includes(one.name)}
              onChange={(event) =>
                setChosen((before) =>
                  event.target.checked ? [...before, one.name] : before.filter((name) => name !== one.name),
                )
              }
            >
              {pick(one, "text")}
            </Checkbox>
          ))}
        </fieldset>
        <Checkbox checked={second} onChange={(event) => setSecond(event.target.checked)}>
          {t("needsSecond")}
        </Checkbox>
      </div>
      {save.error && (
        <p role="alert" className="form-error">
          {errorText(save.error)}
        </p>
      )}
    </Modal>
  );
}
