import { Tabs } from "antd";
import { useContext } from "react";
import { useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { MeContext } from "@/rooms/accounts/session";
import { ChannelsPanel } from "./ChannelsPanel";
import { DeliveriesPanel } from "./DeliveriesPanel";
import { RostersPanel } from "./RostersPanel";
import { words } from "./words";
import "./dispatch.css";

/** Rosters, channels and what was sent. Whoever doesn't manage them sees the rosters. */
export default function DispatchPage() {
  const t = useWords(words);
  const me = useContext(MeContext);
  const [search, setSearch] = useSearchParams();
  const manages = me?.permissions.includes("dispatch.manage") ?? false;
  const tab = search.get("tab") ?? "rosters";
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      {manages ? (
        <Tabs
          activeKey={tab}
          onChange={(key) => setSearch(key === "rosters" ? {} : { tab: key }, { replace: true })}
          items={[
            { key: "rosters", label: t("rosters"), children: <RostersPanel manages /> },
            { key: "channels", label: t("channels"), children: <ChannelsPanel /> },
            { key: "deliveries", label: t("deliveries"), children: <DeliveriesPanel /> },
          ]}
        />
      ) : (
        <RostersPanel manages={false} />
      )}
    </div>
  );
}
