import { Link, useNavigate } from "react-router";
import { change, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { RiskMark } from "@/app/marks";
import type { EnterpriseRow } from "@/app/types";
import { OpenWarnings } from "./OpenWarnings";
import { Sparkline } from "./Sparkline";
import { words } from "./words";

export interface RowsProps {
  rows: EnterpriseRow[];
  activeId: number | undefined;
  pathOf: (row: EnterpriseRow) => string;
}

export function EnterpriseTable({ rows, activeId, pathOf }: RowsProps) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const navigate = useNavigate();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th className="right">{t("rank")}</th>
          <th>{t("name")}</th>
          <th>{t("level")}</th>
          <th className="right">{t("scoreShort")}</th>
          <th>{t("last12")}</th>
          <th className="right" title={t("trendWhy")}>
            {t("trend")}
          </th>
          <th className="right" title={t("expectedAxis")}>
            {t("expectedShort")}
          </th>
          <th>{t("openWarnings")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          // The name is a link for the keyboard; the whole row is a larger target for the mouse.
          <tr
            key={row.id}
            className={row.id === activeId ? "row-active" : undefined}
            onClick={(event) => {
              if (!(event.target as HTMLElement).closest("a")) navigate(pathOf(row));
            }}
          >
            <td className="right num muted">{row.rank}</td>
            <td className="cell-name">
              <Link to={pathOf(row)}>{row.name}</Link>
              <small>
                {pick({ name_zh: row.industry_zh, name_en: row.industry_en }, "name")}
                {row.district && ` · ${row.district}`}
              </small>
            </td>
            <td>
              <RiskMark colour={row.colour} />
            </td>
            <td className="right num strong">{number(row.score, language)}</td>
            <td>
              <Sparkline values={row.sparkline} />
            </td>
            <td className="right num">{change(row.trend)}</td>
            <td className="right num">{number(row.expected_injuries, language, 1)}</td>
            <td>
              <OpenWarnings counts={row.open_warnings} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
