import { CheckSquareOutlined, EnvironmentOutlined, ExperimentOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { useWords } from "@/app/i18n";
import { useMay } from "@/rooms/accounts/session";
import { words } from "./words";
import "./what-if.css";

/** From the enterprise to what may be asked of its deduction. */
export function DeductionLinks({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const mayAnswer = useMay("deduction.answer");
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
        {mayAnswer && (
          <Link to={`/verify/${enterpriseId}`}>
            <Button icon={<EnvironmentOutlined aria-hidden />} tabIndex={-1}>
              {t("onSite")}
            </Button>
          </Link>
        )}
      </span>
    </nav>
  );
}
