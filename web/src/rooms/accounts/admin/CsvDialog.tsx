import { App, Button, Checkbox, Modal, Upload } from "antd";
import { useState } from "react";
import { useLanguage, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ask, type Link, type Preview, useChange } from "../accounts";
import { saveCsv } from "./csv";
import { inviteByMessage } from "./letters/letters";
import { words as letterWords } from "./letters/words";
import { Scrolling } from "./Scrolling";
import { CSV_TEMPLATE, words } from "./words";

/** Many people at once: the file is shown line by line before anything is done. */
export function CsvDialog({ onClose, onLinks }: { onClose: () => void; onLinks: (links: Link[]) => void }) {
  const t = useWords(words);
  const l = useWords(letterWords);
  const { message } = App.useApp();
  const s = useWords(shared);
  const { language } = useLanguage();
  const errorText = useErrorText();
  const [file, setFile] = useState<File | null>(null);
  const preview = useChange(ask.preview);
  const [byMessage, setByMessage] = useState(true);
  const reachable = preview.data?.reachable ?? 0;
  const invite = useChange(
    (chosen: File) => (byMessage && reachable > 0 ? inviteByMessage(chosen) : ask.invite(chosen)),
    (links) => {
      const sent = links.filter((one) => one.sent_to).length;
      if (sent > 0) message.success(l("sentOff", { n: sent }));
      onClose();
      onLinks(links);
    },
  );
  const error = preview.error ?? invite.error;
  const choose = (chosen: File) => {
    setFile(chosen);
    invite.reset();
    preview.mutate(chosen);
    return false; // nothing is sent by the component itself
  };
  const todo = (preview.data?.good ?? 0) + (preview.data?.known ?? 0);
  return (
    <Modal
      open
      width={760}
      title={t("importCsv")}
      okText={t("invite", { n: preview.data?.good ?? 0 })}
      cancelText={s("cancel")}
      okButtonProps={{ disabled: !file || todo === 0 }}
      confirmLoading={invite.isPending}
      onCancel={onClose}
      onOk={() => file && invite.mutate(file)}
    >
      <p className="muted">{t("csvLead")}</p>
      <div className="admin-bar">
        <Upload accept=".csv,text/csv" maxCount={1} showUploadList={false} beforeUpload={choose}>
          <Button loading={preview.isPending}>{t("choose")}</Button>
        </Upload>
        <Button type="link" onClick={() => saveCsv("people.csv", CSV_TEMPLATE[language])}>
          {t("template")}
        </Button>
        {file && <span className="muted">{file.name}</span>}
      </div>
      {error && (
        <p role="alert" className="form-error">
          {errorText(error)}
        </p>
      )}
      {reachable > 0 && (
        <Checkbox checked={byMessage} onChange={(event) => setByMessage(event.target.checked)}>
          {l("byMessage", { n: reachable })}
        </Checkbox>
      )}
      {preview.data && <PreviewTable preview={preview.data} byMessage={byMessage} />}
    </Modal>
  );
}

function PreviewTable({ preview, byMessage }: { preview: Preview; byMessage: boolean }) {
  const t = useWords(words);
  const l = useWords(letterWords);
  const { language } = useLanguage();
  const verdict = (row: Preview["rows"][number]) => {
    if (row.known) return <span className="muted">{t("known")}</span>;
    const problem = language === "zh" ? row.problem_zh : row.problem_en;
    return problem ? (
      <span className="form-error">{problem}</span>
    ) : (
      <span className="state-on">{t("good")}</span>
    );
  };
  return (
    <>
      <p role="status">
        {t("summary", { good: preview.good, bad: preview.bad, known: preview.known })}{" "}
        {preview.known > 0 && t("renew")}
      </p>
      <Scrolling className="admin-scroll matrix" label={t("importCsv")}>
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{t("line")}</th>
              <th scope="col">{t("username")}</th>
              <th scope="col">{t("name")}</th>
              <th scope="col">{t("organisation")}</th>
              <th scope="col">{t("role")}</th>
              <th scope="col">{t("verdict")}</th>
            </tr>
          </thead>
          <tbody>
            {preview.rows.map((row) => (
              <tr key={row.line}>
                <td className="num">{row.line}</td>
                <td>{row.username}</td>
                <td>{row.name}</td>
                <td>{row.organisation}</td>
                <td>{row.roles}</td>
                <td>
                  {verdict(row)}
                  {byMessage && row.sent_to && (
                    <div className="muted">{l("willGo", { to: `${row.sent_to} · ${row.channel}` })}</div>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
    </>
  );
}
