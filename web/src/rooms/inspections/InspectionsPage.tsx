import { Segmented } from "antd";
import { useSearchParams } from "react-router";
import { useWords } from "@/app/i18n";
import { useMay } from "@/rooms/accounts/session";
import { ChoosePanel } from "./ChoosePanel";
import { OrdersPanel } from "./OrdersPanel";
import { PlansPanel } from "./PlansPanel";
import { ResultsPanel } from "./ResultsPanel";
import { words } from "./words";
import "./inspections.css";

const TABS = ["plans", "choose", "orders", "results"] as const;

/** Plans, whom to visit, orders, and what was found; the part stands in the address. */
export default function InspectionsPage() {
  const t = useWords(words);
  const mayOrder = useMay("inspections.order");
  const [search, setSearch] = useSearchParams();
  const tabs = TABS.filter((tab) => tab !== "choose" || mayOrder);
  const tab = tabs.find((one) => one === search.get("tab")) ?? "plans";
  return (
    <div className="page inspections">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      <div className="inspection-tabs">
        <Segmented
          aria-label={t("tabs")}
          value={tab}
          onChange={(value) => setSearch(value === "plans" ? {} : { tab: value })}
          options={tabs.map((value) => ({ value, label: t(`tab_${value}`) }))}
        />
      </div>
      {tab === "plans" && <PlansPanel />}
      {tab === "choose" && <ChoosePanel />}
      {tab === "orders" && <OrdersPanel />}
      {tab === "results" && <ResultsPanel />}
    </div>
  );
}
