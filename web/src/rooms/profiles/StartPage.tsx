import { Navigate } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useEnterprises } from "./queries";
import RegionPage from "./RegionPage";
import { words } from "./words";

/** The page a person starts on: the region, their own enterprise, or the case desk. */
export default function StartPage() {
  const seesRegion = useMay("region.read");
  const codes = useMay("cases.decide");
  if (seesRegion) return <RegionPage />;
  return codes ? <Navigate to="/cases" replace /> : <OwnEnterprise />;
}

function OwnEnterprise() {
  const t = useWords(words);
  const own = useEnterprises({ q: "", industry: "", colour: "", sort: "rank", page: 1 });
  return (
    <Loaded of={own}>
      {(page) => {
        const first = page.items[0];
        if (!first) return <EmptyState text={t("noneVisible")} />;
        return <Navigate to={`/enterprises/${encodeURIComponent(first.id)}`} replace />;
      }}
    </Loaded>
  );
}
