import { Button, Pagination, Switch } from "antd";
import { useId, useState } from "react";
import { Link } from "react-router";
import { moment } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import { SyntheticTag, TIERS, TierMark } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { MyWays } from "./MyWays";
import { type InboxRow, PAGE_SIZE, useChange, useInbox } from "./queries";
import { words } from "./words";
import "./dispatch.css";

/** What I was told, and by which ways I am told. */
export default function InboxPage() {
  const t = useWords(words);
  const id = useId();
  const [unread, setUnread] = useState(false);
  const [page, setPage] = useState(1);
  const inbox = useInbox(unread, page);
  const change = useChange();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("inbox")}</h1>
      </div>
      <div className="inbox-grid">
        <section className="panel" aria-label={t("inbox")}>
          <div className="roster-bar">
            <span className="switch-line">
              <Switch
                id={id}
                size="small"
                checked={unread}
                onChange={(on) => {
                  setUnread(on);
                  setPage(1);
                }}
              />
              <label htmlFor={id}>{t("unreadOnly")}</label>
            </span>
            <Button
              size="small"
              disabled={!inbox.data?.unread}
              loading={change.isPending}
              onClick={() => change.mutate({ path: "inbox/read", body: {} })}
            >
              {t("readAll")}
            </Button>
          </div>
          <Loaded of={inbox} rows={8}>
            {(data) =>
              data.items.length === 0 ? (
                <EmptyState text={t(unread ? "inboxEmptyUnread" : "inboxEmpty")} />
              ) : (
                <>
                  <ul className="inbox-rows">
                    {data.items.map((row) => (
                      <Item
                        key={row.id}
                        row={row}
                        onRead={() => change.mutate({ path: "inbox/read", body: { items: [row.id] } })}
                      />
                    ))}
                  </ul>
                  {data.total > PAGE_SIZE && (
                    <Pagination
                      current={page}
                      pageSize={PAGE_SIZE}
                      total={data.total}
                      showSizeChanger={false}
                      onChange={setPage}
                    />
                  )}
                </>
              )
            }
          </Loaded>
        </section>
        <MyWays />
      </div>
    </div>
  );
}

function Item({ row, onRead }: { row: InboxRow; onRead: () => void }) {
  const t = useWords(words);
  const pick = usePick();
  const tier = TIERS.find((one) => one === row.tier);
  const read = row.read_at !== null;
  const title = pick(row, "title");
  return (
    <li className={read ? "inbox-row" : "inbox-row inbox-unread"}>
      <div className="inbox-head">
        {!read && (
          <span className="unread-dot">
            <span className="visually-hidden">{t("unread")}</span>
          </span>
        )}
        {tier && <TierMark tier={tier} />}
        {row.link ? (
          <Link to={row.link} onClick={() => !read && onRead()}>
            {title}
          </Link>
        ) : (
          <strong>{title}</strong>
        )}
        {row.synthetic && <SyntheticTag />}
        <time className="muted num" dateTime={row.at}>
          {moment(row.at)}
        </time>
      </div>
      <p className="pre-line muted">{pick(row, "body")}</p>
    </li>
  );
}
