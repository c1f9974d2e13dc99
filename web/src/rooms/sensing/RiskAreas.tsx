import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { useLevelName } from "./marks";
import type { Asked } from "./queries";
import type { RiskArea, RiskBand, RiskFrame } from "./types";
import { words } from "./words";

interface RiskAreasProps {
  areas: RiskArea[];
  bands: RiskBand[];
  frame: RiskFrame | null;
  onWhy: (asked: Asked) => void;
}

/** The same as the colours, in words: each area with its level, the gravest first. */
export function RiskAreas({ areas, bands, frame, onWhy }: RiskAreasProps) {
  const t = useWords(words);
  const pick = usePick();
  const levelName = useLevelName(bands);
  const { language } = useLanguage();
  const then = new Map((frame?.areas ?? []).map((area) => [area.area_id, area]));
  const rows = areas
    .filter((area) => area.on_plan && (!frame || then.has(area.area_id)))
    .map((area) => ({ ...area, ...then.get(area.area_id) }))
    .sort((a, b) => b.score - a.score);
  if (rows.length === 0) return null;
  return (
    <ul className="live-areas" aria-label={t("riskAreas")}>
      {rows.map((area) => {
        const band = bands.find((one) => one.level === area.level);
        const level = levelName(area.level);
        return (
          <li key={area.area_id}>
            <button
              type="button"
              className="live-area-row"
              onClick={() => onWhy({ area: area.area_id, ...(frame && { at: frame.at }) })}
            >
              <i
                className={area.unknown && !frame ? "live-hatched" : undefined}
                style={band && band.level > 0 ? { backgroundColor: band.hex } : undefined}
                aria-hidden="true"
              />
              <strong>{pick(area, "name")}</strong>
              <span className="visually-hidden">{t("why")}</span>
              <span>{level}</span>
              <span className="num muted">{number(area.score, language, 1)}</span>
              {!frame && <span className="muted live-area-top">{pick(area, "top")}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
