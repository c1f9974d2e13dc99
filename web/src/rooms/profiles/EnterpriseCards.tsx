import { Link } from "react-router";
import { change, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { RiskMark } from "@/app/marks";
import type { RowsProps } from "./EnterpriseTable";
import { OpenWarnings } from "./OpenWarnings";
import { Sparkline } from "./Sparkline";
import { words } from "./words";

/** The same rows where a table would be too wide. */
export function EnterpriseCards({ rows, activeId, pathOf }: RowsProps) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  return (
    <ul className="cards">
      {rows.map((row) => (
        <li key={row.id}>
          <Link to={pathOf(row)} className={row.id === activeId ? "card row-active" : "card"}>
            <span className="card-top">
              <span className="num muted">{row.rank}</span>
              <strong>{row.name}</strong>
              <RiskMark colour={row.colour} />
            </span>
            <small className="muted">
              {pick({ name_zh: row.industry_zh, name_en: row.industry_en }, "name")}
              {row.district && ` · ${row.district}`}
            </small>
            <span className="card-figures">
              <span>
                {t("scoreShort")} <b className="num">{number(row.score, language)}</b>
              </span>
              <span>
                {t("trend")} <b className="num">{change(row.trend)}</b>
              </span>
              <Sparkline values={row.sparkline} width={72} />
            </span>
            <OpenWarnings counts={row.open_warnings} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
