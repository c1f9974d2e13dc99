import { PauseCircleOutlined } from "@ant-design/icons";
import { App, Button, Popconfirm } from "antd";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import { useMay } from "@/rooms/accounts/session";
import { type MuteWindow, useMutes, useMuting } from "./queries";
import { words } from "./words";

/** Mute windows that are open or to come, above the list: nobody should have to wonder why it is so quiet. */
export function MuteList() {
  const t = useWords(words);
  const windows = useMutes().data ?? [];
  if (windows.length === 0) return null;
  return (
    <details className="mutes">
      <summary>
        <PauseCircleOutlined aria-hidden /> {t("mutes", { n: windows.length })}
      </summary>
      <ul>
        {windows.map((one) => (
          <MuteLine key={one.id} one={one} />
        ))}
      </ul>
    </details>
  );
}

export function MuteLine({ one }: { one: MuteWindow }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const muting = useMuting();
  const mayLift = useMay("warning.mute");
  const what =
    either(one.area_zh, one.area_en) ||
    [one.rule, one.subject_key].filter(Boolean).join(" · ") ||
    t("everything");
  const lift = () =>
    muting.mutate({ lift: one.id }, { onError: (error) => void message.error(errorText(error)) });
  return (
    <li>
      <b>{one.organisation_name}</b> <span>{what}</span>
      <span className="num muted">
        {moment(one.starts_at)} – {moment(one.ends_at)}
      </span>
      <span>
        {t("because", { why: one.reason })}{" "}
        {one.by && <span className="muted">({either(one.by, one.by_en ?? "")})</span>}
      </span>
      {mayLift && (
        <Popconfirm title={t("liftAsk")} okText={t("lift")} cancelText={s("cancel")} onConfirm={lift}>
          <Button size="small" loading={muting.isPending}>
            {t("lift")}
          </Button>
        </Popconfirm>
      )}
    </li>
  );
}
