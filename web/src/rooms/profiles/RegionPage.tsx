import { Segmented } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { usePhone } from "@/app/device";
import { usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EnterpriseList } from "./EnterpriseList";
import { words as groupWords } from "./living/words";
import { useOverview } from "./queries";
import { RegionFigures } from "./RegionFigures";
import { RegionMapPanel } from "./RegionMapPanel";
import { words } from "./words";

/** Map beside ranked list: the worst enterprise stands first and opens with one key. */
export default function RegionPage() {
  const t = useWords(words);
  const g = useWords(groupWords);
  const pick = usePick();
  const overview = useOverview();
  const data = overview.data;
  const phone = usePhone();
  const [shown, setShown] = useState<"list" | "map">("list");
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          {data ? pick({ name_zh: data.region_name, name_en: data.region_name_en }, "name") : t("region")}
        </h1>
        {data && <span className="muted num">{t("asOf", { day: data.as_of })}</span>}
        {data?.synthetic && <SyntheticTag />}
        <Link to="/region/groups">{g("toGroups")}</Link>
      </div>
      <RegionFigures overview={overview} />
      {phone && (
        <Segmented
          block
          className="gap-below-small"
          aria-label={t("view")}
          value={shown}
          onChange={setShown}
          options={[
            { value: "list", label: t("list") },
            { value: "map", label: t("map") },
          ]}
        />
      )}
      <div className="region-grid">
        {(!phone || shown === "map") && <RegionMapPanel />}
        {(!phone || shown === "list") && <EnterpriseList />}
      </div>
    </div>
  );
}
