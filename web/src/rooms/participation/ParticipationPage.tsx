import { Tabs } from "antd";
import { useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { ParticipationDesk } from "@/app/types";
import { AssessmentTab } from "./AssessmentTab";
import { BoardTab } from "./BoardTab";
import { FoundTab } from "./FoundTab";
import { IdeasTab } from "./IdeasTab";
import { MineTab } from "./MineTab";
import { useDesk } from "./queries";
import { RewardsTab } from "./RewardsTab";
import { words } from "./words";
import "./participation.css";

const TABS = ["ideas", "board", "mine", "assessment", "found", "rewards"] as const;
type Tab = (typeof TABS)[number];

/** What the floor says is heard: ideas, thanks, rewards, and what both sides think of the same facts. */
export default function ParticipationPage() {
  const t = useWords(words);
  const desk = useDesk();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        {desk.data?.synthetic && <SyntheticTag />}
        <span className="muted">{t("lead")}</span>
      </div>
      <Loaded of={desk} rows={12}>
        {(found) => <Parts desk={found} />}
      </Loaded>
    </div>
  );
}

function Parts({ desk }: { desk: ParticipationDesk }) {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const shown = TABS.filter((tab) => tab !== "rewards" || desk.manages);
  const active: Tab = shown.find((tab) => tab === search.get("tab")) ?? "ideas";
  const content = (tab: Tab) => {
    switch (tab) {
      case "ideas":
        return <IdeasTab smallestGroup={desk.smallest_group} />;
      case "board":
        return <BoardTab desk={desk} />;
      case "mine":
        return <MineTab />;
      case "assessment":
        return <AssessmentTab />;
      case "found":
        return <FoundTab />;
      case "rewards":
        return <RewardsTab />;
    }
  };
  return (
    <Tabs
      aria-label={t("tabs")}
      activeKey={active}
      destroyOnHidden
      onChange={(tab) => setSearch({ tab })}
      items={shown.map((tab) => ({ key: tab, label: t(`tab_${tab}`), children: content(tab) }))}
    />
  );
}
