import { Select, Tag } from "antd";
import { Link } from "react-router";
import { number, percent } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { ResultMark, SourceTags } from "./marks";
import { usePlaceStop } from "./queries";
import type { Plan, PlanItem, Stop } from "./types";
import { words } from "./words";

/** One stop with its items, where it is and how that is known. */
export function StopPart({ stop, plan }: { stop: Stop; plan: Plan }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <section className="panel plan-stop" aria-label={t("stopN", { n: stop.position })}>
      <div className="panel-head">
        <h2>
          <span className="stop-number num">{stop.position}</span> {pick(stop, "name")}
        </h2>
        <span className="muted num">{t("reach", { n: stop.reach })}</span>
        <Where stop={stop} plan={plan} />
      </div>
      <ol className="plan-items">
        {stop.items.map((item) => (
          <ItemPart key={item.id} item={item} />
        ))}
      </ol>
      {stop.also.length > 0 && (
        <details className="plan-also">
          <summary>
            {t("also")} ({stop.also.length})
          </summary>
          <ul>
            {stop.also.map((one) => (
              <li key={one.title_zh}>
                {pick(one, "title")} <span className="muted">{pick(one, "check")}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Where({ stop, plan }: { stop: Stop; plan: Plan }) {
  const t = useWords(words);
  const either = useEither();
  const errorText = useErrorText();
  const place = usePlaceStop();
  const mayDo = useMay("inspections.do");
  const how = stop.placed === "set" || stop.placed === "name" ? t(`placed_${stop.placed}`) : "";
  if (plan.areas.length === 0) return null;
  const here = plan.areas.find((area) => area.id === stop.area_id);
  return (
    <span className="stop-where">
      {mayDo ? (
        <Select
          size="small"
          variant="borderless"
          className="no-print"
          value={stop.area_id ?? 0}
          loading={place.isPending}
          popupMatchSelectWidth={false}
          aria-label={t("areaOf", { name: either(stop.name_zh, stop.name_en) })}
          onChange={(areaId: number) => place.mutate({ stopId: stop.id, areaId: areaId || null })}
          options={[
            { value: 0, label: t("placeUnknown") },
            ...plan.areas.map((area) => ({ value: area.id, label: either(area.name_zh, area.name_en) })),
          ]}
        />
      ) : (
        <span className="muted">{here ? either(here.name_zh, here.name_en) : t("placeUnknown")}</span>
      )}
      {how && <small className="muted">{how}</small>}
      {place.error && (
        <span role="alert" className="form-error">
          {errorText(place.error)}
        </span>
      )}
    </span>
  );
}

function ItemPart({ item }: { item: PlanItem }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const either = useEither();
  return (
    <li className="plan-item">
      <div className="plan-item-head">
        <span className="num muted">{item.position}</span>
        <h3>{pick(item, "title")}</h3>
        <SourceTags sources={item.sources} />
        {item.explore && (
          <Tag className="explore-tag" title={t("exploreWhy", { p: percent(item.propensity) })}>
            {t("explore")}
          </Tag>
        )}
        <span className="num muted nowrap">
          {t("worth", { n: number(item.worth, language, 1) })} · {t("minutes", { n: item.minutes })}
        </span>
        {item.answer && <ResultMark result={item.answer.result} />}
        {item.answer?.hazard_id && (
          <Link to={`/hazards/${item.answer.hazard_id}`} className="no-print">
            {t("openHazard", { n: item.answer.hazard_id })}
          </Link>
        )}
      </div>
      <dl>
        <dt>{t("check")}</dt>
        <dd>{pick(item, "check")}</dd>
        <dt>{t("why")}</dt>
        <dd>
          <ul className="plan-reasons">
            {item.reasons.map((reason) => (
              <li key={reason.zh}>
                {either(reason.zh, reason.en)}{" "}
                <span className="num muted">+{number(reason.worth, language, 1)}</span>
              </li>
            ))}
          </ul>
        </dd>
        {item.clause && (
          <>
            <dt>{t("clause")}</dt>
            <dd>{item.clause}</dd>
          </>
        )}
        {item.answer?.note && (
          <>
            <dt>{either(item.answer.by, item.answer.by_en)}</dt>
            <dd>{item.answer.note}</dd>
          </>
        )}
      </dl>
      <p className="print-only print-boxes" aria-hidden="true">
        {t("printBoxes")}
      </p>
    </li>
  );
}
