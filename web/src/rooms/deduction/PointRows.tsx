import { percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Probability, RiskMark } from "@/app/marks";
import type { PointRow } from "@/app/types";
import { placeOf } from "./place";
import { StatusMark } from "./StatusMark";
import { words } from "./words";

interface PointRowsProps {
  rows: PointRow[];
  openId: string | null;
  onOpen: (row: PointRow) => void;
}

function useLecText() {
  const t = useWords(words);
  return ({ lec }: PointRow) =>
    t("lecWhy", { l: lec.likelihood, e: lec.exposure, c: lec.consequence, d: Math.round(lec.score) });
}

export function PointTable({ rows, openId, onOpen }: PointRowsProps) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const lecText = useLecText();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th className="right">{t("rank")}</th>
          <th>{t("point")}</th>
          <th>{t("where")}</th>
          <th>{t("type")}</th>
          <th title={t("probabilityWhy")}>{t("probability")}</th>
          <th className="right">{t("lec")}</th>
          <th>{t("level")}</th>
          <th>{t("status")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr
            key={row.id}
            className={String(row.id) === openId ? "row-active" : undefined}
            onClick={() => onOpen(row)}
          >
            <td className="right num muted">{row.rank}</td>
            <td className="cell-name">
              <button
                type="button"
                className="link-button"
                aria-label={t("openEvidence", { title: pick(row, "title") })}
                onClick={(event) => {
                  event.stopPropagation();
                  onOpen(row);
                }}
              >
                {pick(row, "title")}
              </button>
            </td>
            <td>{placeOf(row, either) || <span className="muted">–</span>}</td>
            <td>{pick(row, "accident_type") || <span className="muted">–</span>}</td>
            <td>
              <Probability value={row.probability} label={percent(row.probability)} />
            </td>
            <td className="right num" title={lecText(row)}>
              {Math.round(row.lec.score)}
            </td>
            <td>
              <RiskMark colour={row.lec.colour} />
            </td>
            <td className="nowrap">
              <StatusMark status={row.status} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function PointCards({ rows, openId, onOpen }: PointRowsProps) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const lecText = useLecText();
  return (
    <ul className="cards">
      {rows.map((row) => (
        <li key={row.id}>
          <button
            type="button"
            className={String(row.id) === openId ? "card row-active" : "card"}
            onClick={() => onOpen(row)}
          >
            <span className="card-top">
              <span className="num muted">{row.rank}</span>
              <strong>{pick(row, "title")}</strong>
              <RiskMark colour={row.lec.colour} />
            </span>
            {placeOf(row, either) && <small className="muted">{placeOf(row, either)}</small>}
            <span className="card-figures">
              <Probability value={row.probability} label={percent(row.probability)} />
              <span title={lecText(row)}>
                {t("lec")} <b className="num">{Math.round(row.lec.score)}</b>
              </span>
              <StatusMark status={row.status} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
