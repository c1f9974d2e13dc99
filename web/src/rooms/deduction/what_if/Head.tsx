import { ArrowLeftOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { useEnterprise } from "@/rooms/profiles/queries";
import { words } from "./words";

/** Title of a page about one enterprise, with the way back. */
export function Head({ enterpriseId, title, lead }: { enterpriseId: string; title: string; lead: string }) {
  const t = useWords(words);
  const enterprise = useEnterprise(enterpriseId);
  return (
    <header className="what-if-head">
      <Link to={`/enterprises/${enterpriseId}`} className="back-link">
        <ArrowLeftOutlined aria-hidden /> {t("back")}
      </Link>
      <div className="page-head">
        <h1>
          {title}
          {enterprise.data && <small> · {enterprise.data.name}</small>}
        </h1>
        {enterprise.data?.synthetic && <SyntheticTag />}
      </div>
      <p className="muted what-if-lead">{lead}</p>
    </header>
  );
}

/** Which model answered, and as of when. */
export function ModelLine({ model, version, at }: { model: string; version: string; at: string }) {
  const t = useWords(words);
  return (
    <p className="muted model-line">
      {model === "region" ? t("modelRegion", { v: version, at }) : t("modelPacks", { at })}
    </p>
  );
}
