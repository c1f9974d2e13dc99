import { CompassOutlined, EnvironmentOutlined } from "@ant-design/icons";
import { Tag } from "antd";
import { percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { SourceTags } from "./marks";
import type { Place } from "./queue";
import type { Plan } from "./types";
import { words } from "./words";

/** Where to stand, what to look at, and why. */
export function WalkCard({ place, plan }: { place: Place; plan: Plan }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const { item } = place;
  const stop = plan.stops[place.stop];
  return (
    <article className="panel walk-card" aria-labelledby="walk-card-title">
      {stop && (
        <p className="walk-where">
          <EnvironmentOutlined aria-hidden /> {t("stopN", { n: stop.position })} · {pick(stop, "name")}
        </p>
      )}
      <h2 id="walk-card-title">{pick(item, "title")}</h2>
      <p>
        <SourceTags sources={item.sources} />
        {item.explore && (
          <Tag icon={<CompassOutlined aria-hidden />} className="explore-tag">
            {t("explore")}
          </Tag>
        )}
      </p>
      {item.explore && (
        <p className="muted small-print">{t("exploreWhy", { p: percent(item.propensity) })}</p>
      )}
      <h3>{t("check")}</h3>
      <p className="walk-check">{pick(item, "check")}</p>
      <details>
        <summary>{t("why")}</summary>
        <ul className="plan-reasons">
          {item.reasons.map((reason) => (
            <li key={reason.zh}>{either(reason.zh, reason.en)}</li>
          ))}
        </ul>
        {item.clause && (
          <p>
            <span className="muted">{t("clause")}</span> {item.clause}
          </p>
        )}
      </details>
      {stop && stop.also.length > 0 && (
        <details>
          <summary>
            {t("also")} ({stop.also.length})
          </summary>
          <ul className="plan-reasons">
            {stop.also.map((one) => (
              <li key={one.title_zh}>
                {pick(one, "title")} <span className="muted">{pick(one, "check")}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}
