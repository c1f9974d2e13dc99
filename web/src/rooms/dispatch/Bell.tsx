import { InboxOutlined } from "@ant-design/icons";
import { Badge, Tooltip } from "antd";
import { Link } from "react-router";
import { useWords } from "@/app/i18n";
import { useUnread } from "./queries";
import { words } from "./words";

/** The bell in the top bar: how many messages I have not read. */
export function Bell() {
  const t = useWords(words);
  const unread = useUnread().data?.unread ?? 0;
  const name = unread > 0 ? t("inboxCount", { n: unread }) : t("inbox");
  return (
    <Tooltip title={name}>
      <Link to="/inbox" className="bell" aria-label={name}>
        <Badge count={unread} size="small" overflowCount={99} offset={[-6, 0]}>
          <InboxOutlined aria-hidden="true" />
        </Badge>
      </Link>
    </Tooltip>
  );
}
