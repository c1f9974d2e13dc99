import { useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EnterpriseList } from "./EnterpriseList";
import { useOverview } from "./queries";
import { RegionFigures } from "./RegionFigures";
import { RegionMapPanel } from "./RegionMapPanel";
import { words } from "./words";

/** Map beside ranked list: the worst enterprise stands first and opens with one key. */
export default function RegionPage() {
  const t = useWords(words);
  const overview = useOverview();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{overview.data?.region_name || t("region")}</h1>
        {overview.data?.synthetic && <SyntheticTag />}
      </div>
      <RegionFigures overview={overview} />
      <div className="region-grid">
        <RegionMapPanel />
        <EnterpriseList />
      </div>
    </div>
  );
}
