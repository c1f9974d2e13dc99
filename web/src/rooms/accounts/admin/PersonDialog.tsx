import { App, Input, Modal } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type AdministeredPerson, ask, type Link, type PersonEntry, useChange } from "../accounts";
import { OrganisationSelect, RoleSelect } from "./Choices";
import { words } from "./words";

interface Props {
  person?: AdministeredPerson;
  onClose: () => void;
  onLink: (link: Link) => void;
}

/** A person, new or to change. */
export function PersonDialog({ person, onClose, onLink }: Props) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const id = useId();
  const [username, setUsername] = useState(person?.username ?? "");
  const [name, setName] = useState(person?.name ?? "");
  const [nameEn, setNameEn] = useState(person?.name_en ?? "");
  const [organisation, setOrganisation] = useState(person?.organisation_id);
  const [roles, setRoles] = useState<string[]>(person?.roles ?? []);
  const save = useChange(
    async (entry: PersonEntry) => (person ? ask.changePerson(person.id, entry) : ask.admit(entry)),
    (link) => {
      onClose();
      if (link) onLink(link);
      else message.success(t("saved"));
    },
  );
  const whole = username.trim() && name.trim() && organisation !== undefined && roles.length > 0;
  return (
    <Modal
      open
      title={t(person ? "edit" : "add")}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !whole }}
      confirmLoading={save.isPending}
      onCancel={onClose}
      onOk={() =>
        organisation !== undefined &&
        save.mutate({
          username: username.trim(),
          name: name.trim(),
          name_en: nameEn.trim(),
          organisation_id: organisation,
          roles,
        })
      }
    >
      <div className="admin-form">
        <label htmlFor={`${id}u`}>{t("username")}</label>
        <Input
          id={`${id}u`}
          value={username}
          disabled={person !== undefined}
          maxLength={80}
          autoCapitalize="none"
          onChange={(event) => setUsername(event.target.value)}
        />
        <label htmlFor={`${id}n`}>{t("name")}</label>
        <Input id={`${id}n`} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
        <label htmlFor={`${id}e`}>{t("nameEn")}</label>
        <Input
          id={`${id}e`}
          value={nameEn}
          maxLength={80}
          onChange={(event) => setNameEn(event.target.value)}
        />
        <label htmlFor={`${id}o`}>{t("organisation")}</label>
        <OrganisationSelect
          id={`${id}o`}
          value={organisation}
          known={person && { id: person.organisation_id, name: person.organisation_name }}
          onChange={setOrganisation}
        />
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
