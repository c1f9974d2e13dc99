import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Tooltip } from "antd";
import { useState } from "react";
import { moment, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { ChannelDialog } from "./ChannelDialog";
import { type Channel, useChange, useChannels } from "./queries";
import { TestDialog } from "./TestDialog";
import { words } from "./words";

/** The organisation's channels: which work, what they last said, and a test message for each. */
export function ChannelsPanel() {
  const t = useWords(words);
  const channels = useChannels();
  const [editing, setEditing] = useState<Channel | "new" | null>(null);
  const [testing, setTesting] = useState<Channel | null>(null);
  return (
    <div className="stack">
      <div className="roster-bar">
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>
          {t("addChannel")}
        </Button>
      </div>
      <Loaded of={channels} rows={6}>
        {(found) =>
          found.length === 0 ? (
            <section className="panel">
              <EmptyState text={t("noChannels")}>
                <span className="muted">{t("noChannelsWhy")}</span>
              </EmptyState>
            </section>
          ) : (
            <ul className="channel-list">
              {found.map((one) => (
                <ChannelCard
                  key={one.id}
                  channel={one}
                  onEdit={() => setEditing(one)}
                  onTest={() => setTesting(one)}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      {editing && (
        <ChannelDialog channel={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />
      )}
      {testing && <TestDialog channel={testing} onClose={() => setTesting(null)} />}
    </div>
  );
}

function ChannelCard({
  channel,
  onEdit,
  onTest,
}: {
  channel: Channel;
  onEdit: () => void;
  onTest: () => void;
}) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const { language } = useLanguage();
  const errorText = useErrorText();
  const { message, modal } = App.useApp();
  const remove = useChange();
  const { health } = channel;
  const where =
    channel.settings.url ?? channel.settings.host ?? channel.settings.service ?? channel.settings.base;
  return (
    <li className={`panel channel health-${health.state}`}>
      <div className="channel-head">
        <strong>{channel.name}</strong>
        <span className="muted">{t(channel.kind)}</span>
        {channel.synthetic && <SyntheticTag />}
        <span className={`health-mark health-mark-${health.state}`}>
          {t(health.state, { n: health.failures })}
        </span>
      </div>
      {where !== undefined && <p className="mono break">{String(where)}</p>}
      <p className="muted num">
        {t("healthDay", { sent: health.sent_day, failed: health.failed_day, waiting: health.waiting })}
        {health.median_seconds !== null &&
          ` · ${t("healthMedian", { s: number(health.median_seconds, language, 1) })}`}
        {` · ${t("users", { n: channel.people })}`}
      </p>
      <p className="muted num">
        {health.last_ok_at && t("lastOk", { at: moment(health.last_ok_at) })}
        {health.last_ok_at && health.last_failed_at && " · "}
        {health.last_failed_at && t("lastFailed", { at: moment(health.last_failed_at) })}
      </p>
      {health.state === "failing" && (
        <p className="form-error break" role="status">
          {pick(health, "last_error")}
        </p>
      )}
      <div className="channel-tools">
        <Tooltip title={channel.enabled ? undefined : t("off")}>
          <Button size="small" type="primary" ghost disabled={!channel.enabled} onClick={onTest}>
            {t("test")}
          </Button>
        </Tooltip>
        <Button size="small" onClick={onEdit} aria-label={`${t("edit")} ${channel.name}`}>
          {t("edit")}
        </Button>
        <Button
          size="small"
          type="text"
          danger
          aria-label={`${t("remove")} ${channel.name}`}
          onClick={() =>
            modal.confirm({
              title: `${t("remove")} ${channel.name}`,
              content: t("removeChannelWhy", { n: channel.people }),
              okText: t("remove"),
              cancelText: s("cancel"),
              onOk: () =>
                remove
                  .mutateAsync({ path: `channels/${channel.id}/remove` })
                  .catch((error) => message.error(errorText(error))),
            })
          }
        >
          {t("remove")}
        </Button>
      </div>
    </li>
  );
}
