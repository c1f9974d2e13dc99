import { MailOutlined, PlusOutlined, UploadOutlined } from "@ant-design/icons";
import { App, Button, Input, Pagination, Tooltip } from "antd";
import { useDeferredValue, useState } from "react";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { type AdministeredPerson, ask, type Link, useAdministeredPeople, useChange } from "../accounts";
import { useConfirmed } from "../useConfirmed";
import { useRoleName } from "./Choices";
import { CsvDialog } from "./CsvDialog";
import { LettersDialog } from "./LettersDialog";
import { LinksDialog } from "./LinksDialog";
import { words as letterWords } from "./letters/words";
import { PersonDialog } from "./PersonDialog";
import { Scrolling } from "./Scrolling";
import { words } from "./words";

/** People under one's own place in the tree. */
export function PeoplePanel() {
  const t = useWords(words);
  const [text, setText] = useState("");
  const [page, setPage] = useState(1);
  const [editing, setEditing] = useState<AdministeredPerson | "new" | null>(null);
  const l = useWords(letterWords);
  const [importing, setImporting] = useState(false);
  const [letters, setLetters] = useState(false);
  const [links, setLinks] = useState<Link[]>([]);
  const people = useAdministeredPeople(useDeferredValue(text), page);
  return (
    <>
      <div className="admin-bar">
        <Input.Search
          allowClear
          aria-label={t("findPeople")}
          placeholder={t("findPeople")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPage(1);
          }}
        />
        <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setEditing("new")}>
          {t("add")}
        </Button>
        <Button icon={<UploadOutlined aria-hidden />} onClick={() => setImporting(true)}>
          {t("importCsv")}
        </Button>
        <Button icon={<MailOutlined aria-hidden />} onClick={() => setLetters(true)}>
          {l("title")}
        </Button>
      </div>
      <Loaded of={people} rows={8}>
        {(found) =>
          found.items.length === 0 ? (
            <EmptyState text={t("nobody")} />
          ) : (
            <section className="panel">
              <Scrolling className="admin-scroll" label={t("people")}>
                <table className="rows">
                  <thead>
                    <tr>
                      <th scope="col">{t("name")}</th>
                      <th scope="col">{t("organisation")}</th>
                      <th scope="col">{t("role")}</th>
                      <th scope="col">{t("state")}</th>
                      <th scope="col">{t("lastLogin")}</th>
                      <th scope="col" aria-label={t("edit")} />
                    </tr>
                  </thead>
                  <tbody>
                    {found.items.map((person) => (
                      <PersonRow
                        key={person.id}
                        person={person}
                        onEdit={() => setEditing(person)}
                        onLink={(link) => setLinks([link])}
                      />
                    ))}
                  </tbody>
                </table>
              </Scrolling>
              {found.total > found.size && (
                <Pagination
                  current={page}
                  pageSize={found.size}
                  total={found.total}
                  showSizeChanger={false}
                  onChange={setPage}
                />
              )}
            </section>
          )
        }
      </Loaded>
      {editing && (
        <PersonDialog
          person={editing === "new" ? undefined : editing}
          onClose={() => setEditing(null)}
          onLink={(link) => setLinks([link])}
        />
      )}
      {importing && (
        <CsvDialog
          onClose={() => setImporting(false)}
          onLinks={(made) => {
            setLinks(made.filter((one) => one.link));
            setLetters(made.some((one) => one.sent_to));
          }}
        />
      )}
      {letters && <LettersDialog onClose={() => setLetters(false)} />}
      {links.length > 0 && <LinksDialog links={links} onClose={() => setLinks([])} />}
    </>
  );
}

interface RowProps {
  person: AdministeredPerson;
  onEdit: () => void;
  onLink: (link: Link) => void;
}

function PersonRow({ person, onEdit, onLink }: RowProps) {
  const t = useWords(words);
  const either = useEither();
  const roleName = useRoleName();
  const name = either(person.name, person.name_en);
  return (
    <tr>
      <td>
        <strong>{name}</strong>
        <br />
        <span className="muted">{person.username}</span>
      </td>
      <td>{person.organisation_name}</td>
      <td>{person.roles.map(roleName).join(t("listComma"))}</td>
      <td>
        <State person={person} />
      </td>
      <td className="num" data-label={t("lastLogin")}>
        {person.last_login ? moment(person.last_login) : t("never")}
      </td>
      <td>
        <Actions person={person} name={name} onEdit={onEdit} onLink={onLink} />
      </td>
    </tr>
  );
}

function State({ person }: { person: AdministeredPerson }) {
  const t = useWords(words);
  if (!person.active) return <span className="muted">{t("closedState")}</span>;
  if (person.invited_until) return <span>{t("invited", { at: moment(person.invited_until) })}</span>;
  return <span className="state-on">{t("active")}</span>;
}

function Actions({ person, name, onEdit, onLink }: RowProps & { name: string }) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message, modal } = App.useApp();
  const confirmed = useConfirmed();
  const change = useChange((work: () => Promise<unknown>) => confirmed(work));
  const act = (work: () => Promise<unknown>) =>
    change.mutateAsync(work).catch((error) => message.error(errorText(error)));
  const sure = (title: string, content: string, work: () => Promise<unknown>) =>
    modal.confirm({
      title: `${title} ${name}`,
      content,
      okText: title,
      cancelText: s("cancel"),
      onOk: () => void act(work),
    });
  if (!person.manageable)
    return (
      <Tooltip title={t("notYours")}>
        <span className="muted" role="note" aria-label={t("notYours")}>
          —
        </span>
      </Tooltip>
    );
  return (
    <span className="admin-actions">
      <Button size="small" aria-label={`${t("edit")} ${name}`} onClick={onEdit}>
        {t("edit")}
      </Button>
      {person.active ? (
        <>
          <Button
            size="small"
            aria-label={`${t("reset")} ${name}`}
            onClick={() => sure(t("reset"), t("resetWhy"), async () => onLink(await ask.reset(person.id)))}
          >
            {t("reset")}
          </Button>
          <Button
            size="small"
            danger
            aria-label={`${t("close")} ${name}`}
            onClick={() => sure(t("close"), t("closeWhy"), () => ask.person(person.id, "close"))}
          >
            {t("close")}
          </Button>
        </>
      ) : (
        <Button
          size="small"
          aria-label={`${t("reopen")} ${name}`}
          onClick={() => act(() => ask.person(person.id, "reopen"))}
        >
          {t("reopen")}
        </Button>
      )}
    </span>
  );
}
