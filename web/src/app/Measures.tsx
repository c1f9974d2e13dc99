import { usePick, useWords } from "./i18n";
import type { Measure } from "./types";
import { words } from "./words";

const HIERARCHY = ["eliminate", "substitute", "engineering", "administrative", "ppe"];

/** Control measures, what removes the hazard first. */
export function Measures({ measures }: { measures: Measure[] }) {
  const t = useWords(words);
  const pick = usePick();
  const ordered = [...measures].sort((a, b) => HIERARCHY.indexOf(a.level) - HIERARCHY.indexOf(b.level));
  return (
    <ol className="measures">
      {ordered.map((measure) => (
        <li key={`${measure.level} ${measure.text_zh}`}>
          <span className="measure-level">
            {measure.level in words ? t(measure.level as keyof typeof words) : measure.level}
          </span>
          <span>{pick(measure, "text")}</span>
        </li>
      ))}
    </ol>
  );
}
