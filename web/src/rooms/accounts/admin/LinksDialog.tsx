import { App, Button, Modal } from "antd";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { words as shared } from "@/app/words";
import type { Link } from "../accounts";
import { useMe } from "../session";
import { saveCsv } from "./csv";
import { words } from "./words";

/** One-time links, shown once: to copy, to print, or to take away as a file. */
export function LinksDialog({ links, onClose }: { links: Link[]; onClose: () => void }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { message } = App.useApp();
  const me = useMe();
  const until = moment(links[0]?.expires_at);
  const copy = (text: string) =>
    navigator.clipboard.writeText(text).then(
      () => message.success(t("copied")),
      () => undefined, // the text stands there to be marked by hand
    );
  const mark = t("exportMark", {
    by: `${me.name} (${me.username})`,
    at: moment(new Date().toISOString()),
  });
  const rows = links.map((one) => [one.username, one.name, one.link, one.expires_at]);
  return (
    <Modal
      open
      width={680}
      title={links.length === 1 ? t("linkTitle") : t("linksTitle", { n: links.length })}
      onCancel={onClose}
      footer={[
        <Button key="print" onClick={() => window.print()}>
          {t("print")}
        </Button>,
        <Button
          key="csv"
          onClick={() => saveCsv("links.csv", [[mark], ["username", "name", "link", "expires_at"], ...rows])}
        >
          {t("download")}
        </Button>,
        <Button key="close" type="primary" onClick={onClose}>
          {s("close")}
        </Button>,
      ]}
    >
      <p>{t("linkLead", { at: until })}</p>
      <p className="print-only muted">{mark}</p>
      {links.map((one) => (
        <div className="security-row link-sheet" key={one.person_id}>
          <span>
            <strong>
              {one.name} <span className="muted">{one.username}</span>
            </strong>
            <span className="secret">{one.link}</span>
          </span>
          <Button size="small" aria-label={`${t("copy")} ${one.name}`} onClick={() => copy(one.link)}>
            {t("copy")}
          </Button>
        </div>
      ))}
    </Modal>
  );
}
