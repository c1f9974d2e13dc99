import { Navigate, useParams } from "react-router";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useEnterprises } from "@/rooms/profiles/queries";
import { PlacePicker } from "./PlacePicker";
import { Visit } from "./Visit";
import { words } from "./words";
import "./verification.css";

/** The visit on site: an enterprise is chosen, then its points are looked at one by one. */
export default function VerifyPage() {
  const { id } = useParams();
  const seesRegion = useMay("region.read");
  if (id) return <Visit key={id} enterpriseId={id} />;
  return seesRegion ? <PlacePicker /> : <OwnPlace />;
}

function OwnPlace() {
  const t = useWords(words);
  const own = useEnterprises({ q: "", industry: "", colour: "", sort: "rank", page: 1 });
  return (
    <Loaded of={own}>
      {(page) => {
        const first = page.items[0];
        if (!first) return <EmptyState text={t("pickNone")} />;
        return <Navigate to={`/verify/${encodeURIComponent(first.id)}`} replace />;
      }}
    </Loaded>
  );
}
