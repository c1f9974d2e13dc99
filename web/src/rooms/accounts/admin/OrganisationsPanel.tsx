import { App, Button, Input, Pagination, Switch } from "antd";
import { useDeferredValue, useState } from "react";
import { day } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { ask, type OrganisationRow, useChange, useOrganisationTree } from "../accounts";
import { useMay } from "../session";
import { CloseOrganisationDialog } from "./CloseOrganisationDialog";
import { OpenOrganisationDialog, RenameOrganisationDialog } from "./OrganisationDialogs";
import { Scrolling } from "./Scrolling";
import { words } from "./words";

type Doing = { what: "open" | "rename" | "close"; on: OrganisationRow };

/** The tree at and under one's own place: open, rename, close, open again. */
export function OrganisationsPanel() {
  const t = useWords(words);
  const [text, setText] = useState("");
  const [page, setPage] = useState(1);
  const [closed, setClosed] = useState(false);
  const [doing, setDoing] = useState<Doing | null>(null);
  const tree = useOrganisationTree(useDeferredValue(text), page, closed);
  const stop = () => setDoing(null);
  return (
    <>
      <p className="muted">{t("organisationsLead")}</p>
      <div className="admin-bar">
        <Input.Search
          allowClear
          aria-label={t("findOrganisations")}
          placeholder={t("findOrganisations")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPage(1);
          }}
        />
        <span className="admin-switch">
          <Switch
            checked={closed}
            aria-label={t("withClosed")}
            onChange={(on) => {
              setClosed(on);
              setPage(1);
            }}
          />
          <span aria-hidden="true">{t("withClosed")}</span>
        </span>
      </div>
      <Loaded of={tree} rows={8}>
        {(found) =>
          found.items.length === 0 ? (
            <EmptyState text={t("noOrganisations")} />
          ) : (
            <section className="panel">
              <Scrolling className="admin-scroll" label={t("organisations")}>
                <table className="rows">
                  <thead>
                    <tr>
                      <th scope="col">{t("organisationName")}</th>
                      <th scope="col">{t("kind")}</th>
                      <th scope="col" className="num">
                        {t("peopleCount")}
                      </th>
                      <th scope="col" aria-label={t("edit")} />
                    </tr>
                  </thead>
                  <tbody>
                    {found.items.map((row) => (
                      <Row key={row.id} row={row} flat={text.trim() !== ""} onDo={setDoing} />
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
      {doing?.what === "open" && <OpenOrganisationDialog parent={doing.on} onClose={stop} />}
      {doing?.what === "rename" && <RenameOrganisationDialog row={doing.on} onClose={stop} />}
      {doing?.what === "close" && <CloseOrganisationDialog row={doing.on} onClose={stop} />}
    </>
  );
}

interface RowProps {
  row: OrganisationRow;
  flat: boolean; // found by name: the rows around it are not those of the tree
  onDo: (doing: Doing) => void;
}

function Row({ row, flat, onDo }: RowProps) {
  const t = useWords(words);
  return (
    <tr>
      <td style={flat ? undefined : { paddingInlineStart: 12 + 22 * row.depth }}>
        <strong className={row.closed_at ? "muted" : undefined}>{row.name}</strong>
        {flat && row.parent_name && (
          <>
            <br />
            <span className="muted">{t("under", { name: row.parent_name })}</span>
          </>
        )}
        {row.closed_at && (
          <>
            <br />
            <span className="muted num">{t("closedSince", { at: day(row.closed_at) })}</span>
          </>
        )}
      </td>
      <td className="nowrap">{t(`kind_${row.kind}`)}</td>
      <td className="num" data-label={t("peopleCount")}>
        {row.people}
      </td>
      <td>
        <Actions row={row} onDo={onDo} />
      </td>
    </tr>
  );
}

function Actions({ row, onDo }: { row: OrganisationRow; onDo: (doing: Doing) => void }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const may = useMay("accounts.organisations");
  const reopen = useChange(
    () => ask.reopenOrganisation(row.id),
    () => message.success(t("reopened", { name: row.name })),
  );
  if (!may) return null;
  return (
    <span className="admin-actions">
      {row.opens.length > 0 && (
        <Button
          size="small"
          aria-label={`${t("openBelow")} ${row.name}`}
          onClick={() => onDo({ what: "open", on: row })}
        >
          {t("openBelow")}
        </Button>
      )}
      {row.changeable && !row.closed_at && (
        <>
          <Button
            size="small"
            aria-label={`${t("rename")} ${row.name}`}
            onClick={() => onDo({ what: "rename", on: row })}
          >
            {t("rename")}
          </Button>
          <Button
            size="small"
            danger
            aria-label={`${t("close")} ${row.name}`}
            onClick={() => onDo({ what: "close", on: row })}
          >
            {t("close")}
          </Button>
        </>
      )}
      {row.changeable && row.closed_at && (
        <Button
          size="small"
          loading={reopen.isPending}
          aria-label={`${t("reopen")} ${row.name}`}
          onClick={() =>
            reopen.mutate(undefined as never, { onError: (error) => message.error(errorText(error)) })
          }
        >
          {t("reopen")}
        </Button>
      )}
    </span>
  );
}
