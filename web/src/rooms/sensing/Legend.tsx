import { usePick, useWords } from "@/app/i18n";
import { StateMark } from "./marks";
import { STATES } from "./state";
import type { RiskBand } from "./types";
import { words } from "./words";

/** What the forms of sensors and the colours of cells mean. */
export function Legend({ bands, leaks }: { bands: RiskBand[] | null; leaks: boolean }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <div className="live-legend" role="note" aria-label={t("legend")}>
      <span className="live-legend-part">
        {[...STATES].reverse().map((state) => (
          <StateMark key={state} state={state} />
        ))}
      </span>
      {bands && (
        <span className="live-legend-part">
          <span className="muted">{t("riskLegend")}</span>
          {bands
            .filter((band) => band.level > 0)
            .map((band) => (
              <span key={band.level} className="live-band">
                <i style={{ background: band.hex }} aria-hidden="true" />
                {pick({ name_zh: band.zh, name_en: band.en }, "name")}
              </span>
            ))}
          <span className="live-band">
            <i className="live-hatched" aria-hidden="true" />
            {t("unknownCell")}
          </span>
          {leaks && (
            <span className="live-band">
              <i className="live-leak-key" aria-hidden="true" />
              {t("leakLegend")}
            </span>
          )}
        </span>
      )}
    </div>
  );
}
