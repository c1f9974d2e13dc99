import { Button } from "antd";
import type { KeyboardEvent, MouseEvent } from "react";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import type { Place, SitePlan } from "@/app/types";
import { middle, type Point, spot } from "@/rooms/places/outline";
import { within } from "./times";
import { words } from "./words";

const WIDE = 1000;
const STEP = 0.01;
const FAR = 0.05;
const ARROWS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface SpotPlanProps {
  plan: SitePlan;
  areas: Place[];
  /** The area that the permit is for. */
  area: Place;
  value?: Point | null;
  /** Left out: the spot is only shown. */
  onChange?: (to: Point | null) => void;
}

/** The plan with the area of a permit and the spot of its work, which a click or arrow keys set. */
export function SpotPlan({ plan, areas, area, value = null, onChange }: SpotPlanProps) {
  const t = useWords(words);
  const pick = usePick();
  const where = useWhere(plan);
  const height = (WIDE * plan.height) / plan.width;
  const name = pick({ name_zh: plan.name, name_en: plan.name_en }, "name");
  const outside = value !== null && area.outline.length > 2 && !within(area.outline, value);
  return (
    <div className="permit-plan">
      <div className="permit-board" style={{ aspectRatio: `${WIDE} / ${height}` }}>
        <img src={plan.image} alt="" draggable={false} />
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no element of its own */}
        <svg viewBox={`0 0 ${WIDE} ${height}`} role="group" aria-label={name}>
          {areas
            .filter((one) => one.plan_id === plan.id && one.outline.length > 2)
            .map((one) => (
              <Outline key={one.id} area={one} height={height} chosen={one.id === area.id} />
            ))}
          {value && (
            <g className="permit-spot" transform={`translate(${value[0] * WIDE} ${value[1] * height})`}>
              <circle r="22" />
              <path d="M-34 0H34M0 -34V34" />
              <circle r="7" className="permit-spot-heart" />
            </g>
          )}
          {onChange && <Field area={area} height={height} value={value} where={where} onChange={onChange} />}
        </svg>
      </div>
      <p className="permit-spot-text" aria-live="polite">
        <span>{where(value)}</span>
        {outside && <span className="form-error">{t("spotOutside")}</span>}
        {onChange && value && (
          <Button size="small" onClick={() => onChange(null)}>
            {t("spotRemove")}
          </Button>
        )}
      </p>
    </div>
  );
}

function useWhere(plan: SitePlan) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (at: Point | null) => {
    if (at === null) return t("spotNone");
    const wide = plan.metres_wide;
    const along = (share: number, metres: number | null) =>
      metres === null ? `${Math.round(share * 100)}%` : t("metres", { n: number(share * metres, language) });
    const high = wide === null ? null : (wide * plan.height) / plan.width;
    return t("spotAt", { x: along(at[0], wide), y: along(1 - at[1], high) });
  };
}

interface FieldProps {
  area: Place;
  height: number;
  value: Point | null;
  where: (at: Point | null) => string;
  onChange: (to: Point | null) => void;
}

function Field({ area, height, value, where, onChange }: FieldProps) {
  const t = useWords(words);
  const key = (event: KeyboardEvent) => {
    const way = ARROWS[event.key];
    const from = value ?? middle(area.outline) ?? [0.5, 0.5];
    const far = event.shiftKey ? FAR : STEP;
    if (event.key === "Backspace" || event.key === "Delete") onChange(null);
    else if (event.key === "Enter" || event.key === " ") onChange(spot(...from));
    else if (!way) return;
    else if (value === null) onChange(spot(...from));
    else onChange(spot(from[0] + way[0] * far, from[1] + (way[1] * far * WIDE) / height));
    event.preventDefault();
  };
  const click = (event: MouseEvent<SVGRectElement>) => {
    const frame = event.currentTarget.getBoundingClientRect();
    onChange(spot((event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a part of a drawing can't be a button element
    <rect
      className="permit-field"
      role="button"
      tabIndex={0}
      aria-label={t("spotLabel", { where: where(value) })}
      width={WIDE}
      height={height}
      onClick={click}
      onKeyDown={key}
    />
  );
}

function Outline({ area, height, chosen }: { area: Place; height: number; chosen: boolean }) {
  const pick = usePick();
  const left = Math.min(...area.outline.map(([x]) => x)) * WIDE;
  const top = Math.min(...area.outline.map(([, y]) => y)) * height;
  return (
    <g className={chosen ? "permit-area permit-area-chosen" : "permit-area"}>
      <polygon points={area.outline.map(([x, y]) => `${x * WIDE},${y * height}`).join(" ")} />
      <text x={left + 8} y={top + 4} dominantBaseline="hanging">
        {pick(area, "name")}
      </text>
    </g>
  );
}
