import { CheckSquareOutlined, ExperimentOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { useWords } from "@/app/i18n";
import { words } from "./words";
import "./what-if.css";

/** From the enterprise to what may be asked of its deduction. */
export function DeductionLinks({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  return (
    <nav className="deduction-links panel" aria-label={t("whatIf")}>
      <span className="muted">{t("toolsLead")}</span>
      <span className="deduction-buttons">
        <Link to={`/enterprises/${enterpriseId}/what-if`}>
          <Button icon={<ExperimentOutlined aria-hidden />} tabIndex={-1}>
            {t("whatIf")}
          </Button>
        </Link>
        <Link to={`/enterprises/${enterpriseId}/visit`}>
          <Button icon={<CheckSquareOutlined aria-hidden />} tabIndex={-1}>
            {t("visitList")}
          </Button>
        </Link>
      </span>
    </nav>
  );
}
