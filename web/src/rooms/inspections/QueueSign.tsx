import {
  CheckCircleOutlined,
  CloudUploadOutlined,
  DisconnectOutlined,
  WarningOutlined,
} from "@ant-design/icons";
import { Button } from "antd";
import { useSyncExternalStore } from "react";
import { useLanguage, useWords } from "@/app/i18n";
import { useMe } from "@/rooms/accounts/session";
import { useQueue } from "./queries";
import { belonging, type Item, standing } from "./queue";
import { sender } from "./sender";
import { words } from "./words";

function followNetwork(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}

/** Where the answers are: all with the server, on their way, or kept on this device. */
export function QueueSign() {
  const t = useWords(words);
  const { username } = useMe();
  const queue = useQueue();
  const online = useSyncExternalStore(followNetwork, () => navigator.onLine);
  const { waiting, refused, others } = standing(queue.items, username);
  const offline = !online || queue.rests === "offline";
  const face = (() => {
    if (waiting > 0 && queue.rests === "signed_out")
      return { icon: <WarningOutlined aria-hidden />, text: t("queueSignedOut", { n: waiting }) };
    if (waiting > 0 && offline)
      return { icon: <DisconnectOutlined aria-hidden />, text: t("queueOffline", { n: waiting }) };
    if (waiting > 0)
      return { icon: <CloudUploadOutlined aria-hidden />, text: t("queueSending", { n: waiting }) };
    if (!online) return { icon: <DisconnectOutlined aria-hidden />, text: t("queueOfflineNone") };
    return { icon: <CheckCircleOutlined aria-hidden />, text: t("queueAll") };
  })();
  return (
    <div className="queue-sign" data-waiting={waiting}>
      <span role="status" className={waiting > 0 || !online ? "queue-line queue-waits" : "queue-line"}>
        {face.icon} {face.text}
      </span>
      {waiting > 0 && online && queue.rests && (
        <Button size="small" onClick={sender.wake}>
          {t("sendNow")}
        </Button>
      )}
      {others > 0 && <p className="muted">{t("queueOthers", { n: others })}</p>}
      {refused.length > 0 && <Refused refused={refused} all={queue.items} />}
    </div>
  );
}

/** What the server did not take, why, and the way on. */
function Refused({ refused, all }: { refused: Item[]; all: Item[] }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <section role="alert" className="queue-refused">
      <b>{t("queueRefused", { n: refused.length })}</b>
      <ul>
        {refused.map((item) => (
          <li key={item.id}>
            <div>
              {t(`item_${item.kind}`)}
              {item.kind === "answer" && ` · ${item.title[language]} · ${t(item.result)}`}
            </div>
            <div>{item.refusal?.[language]}</div>
            {item.kind === "answer" && item.note && (
              <div className="muted">{t("copyNote", { note: item.note })}</div>
            )}
            <Button
              size="small"
              onClick={() => void sender.drop(item.kind === "answer" ? belonging(all, item.answer) : [item])}
            >
              {t("discard")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
