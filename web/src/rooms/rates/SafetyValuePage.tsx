import { ArrowLeftOutlined } from "@ant-design/icons";
import { Link, useParams } from "react-router";
import { useWords } from "@/app/i18n";
import { SafetyValuePanel } from "./SafetyValuePanel";
import { words } from "./words";
import "./rates.css";

/** What safety is worth to one enterprise. */
export default function SafetyValuePage() {
  const t = useWords(words);
  const { id = "" } = useParams();
  return (
    <div className="page">
      <Link to={`/enterprises/${id}`} className="back-link">
        <ArrowLeftOutlined aria-hidden /> {t("toEnterprise")}
      </Link>
      <SafetyValuePanel enterpriseId={id} />
    </div>
  );
}
