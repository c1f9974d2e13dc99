import { Button, Tag } from "antd";
import { useState } from "react";
import { usePhone } from "@/app/device";
import { number, percent } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { RiskMark } from "@/app/marks";
import { EmptyState } from "@/app/states";
import { placeOf } from "../place";
import { ModelLine } from "./Head";
import type { PointChange, Scored, WhatIf } from "./types";
import { words } from "./words";

/** What a supposition changes: the sum, then every point that moves with its reasons. */
export function Moves({ found }: { found: WhatIf }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const phone = usePhone();
  const [all, setAll] = useState(false);
  const moving = found.moved.filter((one) => one.move !== "same");
  const still = found.moved.length - moving.length;
  const shown = all ? found.moved : moving;
  const told = language === "zh" ? found.told_zh : found.told_en;
  const Rows = phone ? MoveCards : MoveTable;
  return (
    <>
      <div className="what-if-sum">
        <span className="muted">{t("total")}</span>
        <b className="num what-if-scores">
          {number(found.score_before, language)} <span aria-hidden>→</span>{" "}
          {number(found.score_after, language)}
        </b>
        <span className="num">{t("moved", { n: moving.length })}</span>
      </div>
      <p className="what-if-told">
        <span className="muted">{t("supposed")}</span>
        {told.map((one) => (
          <Tag key={one}>{one}</Tag>
        ))}
      </p>
      {shown.length === 0 ? <EmptyState text={t("nothing")} /> : <Rows rows={shown} />}
      {still > 0 && (
        <Button type="link" size="small" onClick={() => setAll(!all)} className="what-if-same">
          {all ? t("hideSame") : t("showSame", { n: still })}
        </Button>
      )}
      <p className="muted">{t("judged")}</p>
      <ModelLine model={found.model} version={found.model_version} at={found.at} />
    </>
  );
}

function useReasons() {
  const { language } = useLanguage();
  return (row: PointChange) => (language === "zh" ? row.reasons_zh : row.reasons_en);
}

function Mark({ move }: { move: PointChange["move"] }) {
  const t = useWords(words);
  return <span className={`move move-${move}`}>{t(move)}</span>;
}

/** Before and after of one figure; a dash where the point cannot occur. */
function Pair({ row, of }: { row: PointChange; of: (side: Scored) => string }) {
  const [before, after] = [row.before ? of(row.before) : "–", row.after ? of(row.after) : "–"];
  if (before === after) return <span className="num nowrap">{before}</span>;
  return (
    <span className="num nowrap">
      {before} <span aria-hidden>→</span> <b>{after}</b>
    </span>
  );
}

function Levels({ row }: { row: PointChange }) {
  const [before, after] = [row.before?.lec.colour, row.after?.lec.colour];
  return (
    <span className="levels">
      {before && <RiskMark colour={before} />}
      {before && after && before !== after && <span aria-hidden>→</span>}
      {after && after !== before && <RiskMark colour={after} />}
    </span>
  );
}

const score = (side: Scored) => String(Math.round(side.lec.score));
const chance = (side: Scored) => percent(side.probability);

function MoveTable({ rows }: { rows: PointChange[] }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const reasons = useReasons();
  const place = (side: Scored) => (side.rank === null ? t("offList") : String(side.rank));
  return (
    <table className="rows what-if-table">
      <thead>
        <tr>
          <th>{t("move")}</th>
          <th>{t("point")}</th>
          <th>{t("probability")}</th>
          <th>{t("lec")}</th>
          <th>{t("rank")}</th>
          <th>{t("why")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <td>
              <Mark move={row.move} />
            </td>
            <td className="cell-name">
              {pick(row, "title")}
              <small>{placeOf(row, either)}</small>
            </td>
            <td>
              <Pair row={row} of={chance} />
            </td>
            <td>
              <Pair row={row} of={score} />
              <Levels row={row} />
            </td>
            <td>
              <Pair row={row} of={place} />
            </td>
            <td className="what-if-why">
              {reasons(row).map((reason) => (
                <span key={reason}>{reason}</span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function MoveCards({ rows }: { rows: PointChange[] }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const reasons = useReasons();
  return (
    <ul className="cards">
      {rows.map((row) => (
        <li key={row.key} className="move-card">
          <span className="mark-row">
            <Mark move={row.move} />
            <Levels row={row} />
          </span>
          <b>{pick(row, "title")}</b>
          <small className="muted">{placeOf(row, either)}</small>
          <span className="mark-row">
            <span>
              <span className="muted">{t("probability")}</span> <Pair row={row} of={chance} />
            </span>
            <span>
              <span className="muted">{t("lec")}</span> <Pair row={row} of={score} />
            </span>
          </span>
          <span className="what-if-why">
            {reasons(row).map((reason) => (
              <span key={reason}>{reason}</span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
