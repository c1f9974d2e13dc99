import { App, Input, Modal, Radio } from "antd";
import { useId, useState } from "react";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type OrganisationKind, type OrganisationRow, useChange } from "../accounts";
import { words } from "./words";

/** A new organisation under `parent`. */
export function OpenOrganisationDialog({
  parent,
  onClose,
}: {
  parent: OrganisationRow;
  onClose: () => void;
}) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const id = useId();
  const [kind, setKind] = useState<OrganisationKind>(
    parent.opens.includes("enterprise") ? "enterprise" : (parent.opens[0] ?? "team"),
  );
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const [credit, setCredit] = useState("");
  const [industry, setIndustry] = useState("");
  const enterprise = kind === "enterprise";
  const open = useChange(
    () =>
      ask.openOrganisation({
        parent_id: parent.id,
        kind,
        name: name.trim(),
        key: key.trim(),
        credit_code: enterprise ? credit.trim() : "",
        industry_code: enterprise ? industry.trim() : "",
      }),
    () => {
      message.success(t("openedOrganisation", { name: name.trim() }));
      onClose();
    },
  );
  return (
    <Modal
      open
      title={t("openTitle", { name: parent.name })}
      okText={t("openBelow")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !name.trim() }}
      confirmLoading={open.isPending}
      onCancel={onClose}
      onOk={() => open.mutate(undefined as never)}
    >
      <div className="admin-form">
        <span id={`${id}k`} className="admin-label">
          {t("kind")}
        </span>
        <Radio.Group
          aria-labelledby={`${id}k`}
          value={kind}
          options={parent.opens.map((one) => ({ value: one, label: t(`kind_${one}`) }))}
          onChange={(event) => setKind(event.target.value)}
        />
        <label htmlFor={`${id}n`}>{t("organisationName")}</label>
        <Input
          id={`${id}n`}
          autoFocus
          maxLength={200}
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        {enterprise && (
          <>
            <label htmlFor={`${id}c`}>{t("creditCode")}</label>
            <Input id={`${id}c`} maxLength={40} value={credit} onChange={(e) => setCredit(e.target.value)} />
            <label htmlFor={`${id}i`}>{t("industryCode")}</label>
            <Input
              id={`${id}i`}
              maxLength={10}
              placeholder={t("industryHint")}
              value={industry}
              onChange={(e) => setIndustry(e.target.value)}
            />
          </>
        )}
        <label htmlFor={`${id}s`}>{t("sourceKey")}</label>
        <Input
          id={`${id}s`}
          maxLength={80}
          aria-describedby={`${id}w`}
          value={key}
          onChange={(e) => setKey(e.target.value)}
        />
        <span id={`${id}w`} className="muted">
          {t("sourceKeyWhy")}
        </span>
      </div>
      {open.error && (
        <p role="alert" className="form-error">
          {errorText(open.error)}
        </p>
      )}
    </Modal>
  );
}

/** A new name for an organisation. */
export function RenameOrganisationDialog({ row, onClose }: { row: OrganisationRow; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const id = useId();
  const [name, setName] = useState(row.name);
  const rename = useChange(
    () => ask.renameOrganisation(row.id, name.trim()),
    () => {
      message.success(t("saved"));
      onClose();
    },
  );
  return (
    <Modal
      open
      title={`${t("rename")} ${row.name}`}
      okText={t("save")}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !name.trim() || name.trim() === row.name }}
      confirmLoading={rename.isPending}
      onCancel={onClose}
      onOk={() => rename.mutate(undefined as never)}
    >
      <div className="admin-form">
        <label htmlFor={`${id}n`}>{t("organisationName")}</label>
        <Input
          id={`${id}n`}
          autoFocus
          maxLength={200}
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        {!row.by_hand && <span className="muted">{t("renameLoaded")}</span>}
      </div>
      {rename.error && (
        <p role="alert" className="form-error">
          {errorText(rename.error)}
        </p>
      )}
    </Modal>
  );
}
