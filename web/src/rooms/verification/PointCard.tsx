import { CompassOutlined } from "@ant-design/icons";
import { Tag } from "antd";
import { percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Measures } from "@/app/Measures";
import { Probability, RiskMark } from "@/app/marks";
import { placeOf as whereOf } from "@/rooms/deduction/place";
import type { Place } from "./queue";
import { words } from "./words";

/** What to look at, where, and why. */
export function PointCard({ place }: { place: Place }) {
  const t = useWords(words);
  const pick = usePick();
  const { slot } = place;
  const either = useEither();
  const own = either(slot.own_zh, slot.own_en);
  const part = either(slot.part, slot.part_en);
  const where = own ? [own, part].filter(Boolean).join(" · ") : whereOf(slot, either);
  const check = pick(slot, "check");
  const circumstance = pick(slot, "circumstance");
  return (
    <article className="panel point-card" aria-labelledby="point-card-title">
      <div className="mark-row">
        {slot.kind === "explore" ? (
          <Tag icon={<CompassOutlined aria-hidden />} className="explore-tag">
            {t("explore")}
          </Tag>
        ) : (
          <Tag>{t("likely")}</Tag>
        )}
        <RiskMark colour={slot.lec.colour} />
      </div>
      <h2 id="point-card-title">{pick(slot, "title")}</h2>
      {where && <p className="point-where">{where}</p>}
      {slot.kind === "explore" && (
        <p className="muted small-print">{t("exploreWhy", { p: percent(slot.propensity) })}</p>
      )}
      <h3>{t("look")}</h3>
      <p className="point-check">{check || circumstance}</p>
      <h3>{t("why")}</h3>
      <div className="point-why">
        <Probability value={slot.probability} label={t("whyChance", { p: percent(slot.probability) })} />
        {slot.reasons > 0 && <span>{t("whyRecords", { n: slot.reasons })}</span>}
        {slot.looks > 0 && <span>{t("whyLooks", { n: slot.looks })}</span>}
      </div>
      {check !== circumstance && circumstance && (
        <p>
          <span className="muted">{t("circumstance")}</span> {circumstance}
        </p>
      )}
      <p>
        <span className="muted">{t("consequence")}</span> {pick(slot, "consequence") || "–"}
      </p>
      {slot.clause && (
        <p>
          <span className="muted">{t("clause")}</span> {slot.clause}
        </p>
      )}
      {slot.measures.length > 0 && (
        <details>
          <summary>{t("measures")}</summary>
          <Measures measures={slot.measures} />
        </details>
      )}
    </article>
  );
}
