import { Select, Tabs } from "antd";
import { useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { useWords } from "@/app/i18n";
import { useMay } from "@/rooms/accounts/session";
import { ErasuresTab } from "./ErasuresTab";
import { HoldsTab } from "./HoldsTab";
import { LogTab } from "./LogTab";
import { RetentionTab } from "./RetentionTab";
import { StatisticsTab } from "./StatisticsTab";
import { Watermark } from "./Watermark";
import { words } from "./words";

/** What a data protection officer sees: the log, erasures, holds, retention; and what is published. */
export default function OverseePage() {
  const t = useWords(words);
  const oversees = useMay("privacy.oversee");
  const phone = usePhone();
  const [search, setSearch] = useSearchParams();
  const tabs = [
    ...(oversees
      ? [
          { key: "log", label: t("tabLog"), children: <LogTab /> },
          { key: "erasures", label: t("tabErasures"), children: <ErasuresTab /> },
          { key: "holds", label: t("tabHolds"), children: <HoldsTab /> },
          { key: "retention", label: t("tabRetention"), children: <RetentionTab /> },
        ]
      : []),
    { key: "statistics", label: t("tabStatistics"), children: <StatisticsTab /> },
  ];
  const shown = tabs.find((tab) => tab.key === search.get("tab")) ?? tabs[0];
  return (
    <Watermark>
      <div className="page">
        <div className="page-head">
          <h1>{t("overseeTitle")}</h1>
          <span className="muted">{t("overseeLead")}</span>
        </div>
        {phone ? (
          // Five tabs don't fit a phone: Ant Design would put some behind a button that screen readers stumble over.
          <>
            <Select
              className="full"
              aria-label={t("overseeTitle")}
              value={shown?.key}
              onChange={(tab) => setSearch({ tab }, { replace: true })}
              options={tabs.map((tab) => ({ value: tab.key, label: tab.label }))}
            />
            {shown?.children}
          </>
        ) : (
          <Tabs
            items={tabs}
            activeKey={shown?.key}
            destroyOnHidden
            onChange={(tab) => setSearch({ tab }, { replace: true })}
          />
        )}
      </div>
    </Watermark>
  );
}
