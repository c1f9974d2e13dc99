import { month, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import type { Movement } from "./types";
import { words } from "./words";
import "./living.css";

const SHOWN = 0.5;

/** Points with their sign: `+12`, `−8`. */
function signed(points: number, digits: number, language: "zh" | "en"): string {
  const sign = points > 0 ? "+" : points < 0 ? "−" : "";
  return `${sign}${number(Math.abs(points), language, digits)}`;
}

/** The change of the score and its causes, each with its share; the shares sum to the change. */
export function MovementView({ movement }: { movement: Movement }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const parts = movement.parts.filter((part) => Math.abs(part.points) >= SHOWN);
  const widest = Math.max(...parts.map((part) => Math.abs(part.points)), 1);
  return (
    <div className="movement">
      <h3>
        {t("moved")} <span className="muted num">{t("movedSince", { month: month(movement.since) })}</span>{" "}
        <b className="num movement-total">{signed(movement.change, 0, language)}</b>
      </h3>
      {parts.length === 0 ? (
        <p className="muted">{t("movedNone")}</p>
      ) : (
        <>
          <ul>
            {parts.map((part) => (
              <li key={part.cause}>
                <span className="movement-points num">{signed(part.points, 1, language)}</span>
                <span className="movement-rail" aria-hidden="true">
                  <span
                    className={part.points > 0 ? "movement-up" : "movement-down"}
                    style={{ width: `${(Math.abs(part.points) / widest) * 50}%` }}
                  />
                </span>
                <span>{pick(part, "text")}</span>
              </li>
            ))}
          </ul>
          <p className="muted movement-why">{t("movedWhy")}</p>
        </>
      )}
    </div>
  );
}
