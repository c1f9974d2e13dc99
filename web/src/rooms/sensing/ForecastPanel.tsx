import { number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { Probability, SyntheticTag } from "@/app/marks";
import { clock, unitText } from "./marks";
import { digitsOf } from "./state";
import type { Forecast } from "./types";
import { words } from "./words";

/** How probably a limit is reached soon; where that can't be told, why. */
export function ForecastPanel({ forecast }: { forecast: Forecast | null }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  if (!forecast) return null;
  const { limit, model, drift, state } = forecast;
  const drifts = drift && (drift.state === "watch" || drift.state === "retrain");
  return (
    <section className="panel" aria-labelledby="channel-forecast">
      <div className="panel-head">
        <h2 id="channel-forecast">{t("forecast")}</h2>
        {forecast.synthetic && <SyntheticTag />}
        {forecast.at && state !== "none" && (
          <span className="muted">{t("forecastAt", { time: clock(forecast.at) })}</span>
        )}
      </div>
      {state === "told" && limit && (
        <>
          <p className="gap-below-small">
            {t("forecastLead", {
              limit: `${number(limit.value, language, digitsOf(limit.value))} ${unitText(limit.unit)}`,
            })}
          </p>
          <dl className="pairs">
            {(forecast.chances ?? []).map((chance) => (
              <div key={chance.within_min}>
                <dt>{t("within", { n: chance.within_min })}</dt>
                <dd>
                  <Probability value={chance.probability} label={percent(chance.probability)} />
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {state === "above" && <p>{t("forecastAbove")}</p>}
      {state === "cannot_tell" && <p>{t("forecastCannot")}</p>}
      {state === "none" && <p>{t("forecastNone")}</p>}
      {(forecast.reasons ?? []).map((reason) => (
        <p key={reason.code} className="muted alarm-note">
          {language === "zh" ? reason.zh : reason.en}
        </p>
      ))}
      {drifts && (
        <p className="form-error alarm-note">
          {t("driftWatch", { text: pick({ text_zh: drift.zh, text_en: drift.en }, "text") })}
        </p>
      )}
      {model && <p className="muted alarm-note">{t("forecastModel", { version: model.version })}</p>}
    </section>
  );
}
