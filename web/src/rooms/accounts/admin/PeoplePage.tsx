import { Tabs } from "antd";
import { useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { useMe } from "../session";
import { EmergencyPanel } from "./EmergencyPanel";
import { GroupsPanel } from "./GroupsPanel";
import { KeysPanel } from "./KeysPanel";
import { OrganisationsPanel } from "./OrganisationsPanel";
import { PeoplePanel } from "./PeoplePanel";
import { RolesPanel } from "./RolesPanel";
import { words } from "./words";
import "../accounts.css";

/** Whoever administers: people, roles, keys, groups of identity providers, and emergency access. */
export default function PeoplePage() {
  const t = useWords(words);
  const me = useMe();
  const [search, setSearch] = useSearchParams();
  const may = (permission: string) => me.permissions.includes(permission);
  const tabs = [
    may("accounts.manage") && { key: "people", label: t("people"), children: <PeoplePanel /> },
    may("accounts.manage") && {
      key: "organisations",
      label: t("organisations"),
      children: <OrganisationsPanel />,
    },
    (may("accounts.roles") || may("accounts.manage")) && {
      key: "roles",
      label: t("roles"),
      children: <RolesPanel />,
    },
    may("accounts.keys") && { key: "keys", label: t("keys"), children: <KeysPanel /> },
    may("accounts.providers") && { key: "groups", label: t("groups"), children: <GroupsPanel /> },
    (may("accounts.manage") || may("accounts.break_glass")) && {
      key: "emergency",
      label: t("emergency"),
      children: <EmergencyPanel />,
    },
  ].filter((tab) => tab !== false);
  const open = tabs.find((tab) => tab.key === search.get("tab"))?.key ?? tabs[0]?.key;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      <Tabs
        activeKey={open}
        destroyOnHidden
        onChange={(key) => setSearch(key === tabs[0]?.key ? {} : { tab: key }, { replace: true })}
        items={tabs}
      />
    </div>
  );
}
