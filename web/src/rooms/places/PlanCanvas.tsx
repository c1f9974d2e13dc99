import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { usePick, useWords } from "@/app/i18n";
import type { Place, SitePlan } from "@/app/types";
import { closes, cornerMoved, middle, moved, type Outline, type Point, spot } from "./outline";
import { words } from "./words";

const STEP = 0.005;
const FAR = 0.02;
const ARROWS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface PlanCanvasProps {
  plan: SitePlan;
  areas: Place[];
  open: number | null;
  /** The outline in hand; null while nothing is edited. */
  edited: Outline | null;
  drawing: boolean;
  onOpen: (id: number) => void;
  onChange: (outline: Outline) => void;
  onDrawn: () => void;
}

type Drag = { corner: number; from: Point; outline: Outline };

/** The plan with its areas. While drawing, clicks set corners; afterwards the area and its corners can be dragged. */
export function PlanCanvas(props: PlanCanvasProps) {
  const { plan, areas, open, edited, drawing, onOpen, onChange, onDrawn } = props;
  const t = useWords(words);
  const pick = usePick();
  const board = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [pointer, setPointer] = useState<Point | null>(null);
  const ratio = plan.height / plan.width;
  const height = 1000 * ratio;
  useEffect(() => {
    if (drawing) board.current?.focus();
  }, [drawing]);

  const at = (event: PointerEvent): Point => {
    const box = board.current?.getBoundingClientRect();
    if (!box || box.width === 0) return [0, 0];
    return spot((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const grab = (event: PointerEvent, corner: number) => {
    if (!edited || drawing) return;
    event.stopPropagation();
    board.current?.setPointerCapture(event.pointerId);
    setDrag({ corner, from: at(event), outline: edited });
  };
  const move = (event: PointerEvent) => {
    const here = at(event);
    if (drawing) setPointer(here);
    if (!drag) return;
    onChange(
      drag.corner < 0
        ? moved(drag.outline, here[0] - drag.from[0], here[1] - drag.from[1])
        : cornerMoved(drag.outline, drag.corner, here),
    );
  };
  const press = (event: PointerEvent) => {
    if (!drawing || !edited || event.button !== 0) return;
    const here = at(event);
    if (closes(edited, here, ratio)) onDrawn();
    else onChange([...edited, here]);
  };
  const key = (event: KeyboardEvent) => {
    if (!edited) return;
    if (drawing) {
      if (event.key === "Enter" && edited.length > 2) onDrawn();
      else if (event.key === "Escape") {
        onChange([]);
        onDrawn();
      } else if (event.key === "Backspace") onChange(edited.slice(0, -1));
      else return;
      event.preventDefault();
      return;
    }
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const far = event.shiftKey ? FAR : STEP;
    onChange(moved(edited, way[0] * far, way[1] * far));
  };
  const line = (outline: Outline) => outline.map(([x, y]) => `${x * 1000},${y * height}`).join(" ");
  const ghost = drawing && pointer && edited && edited.length > 0 ? [...edited, pointer] : null;

  return (
    <div className="plan-canvas">
      <img src={plan.image} alt="" width={plan.width} height={plan.height} draggable={false} />
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing that takes keys has no element of its own */}
      <svg
        ref={board}
        viewBox={`0 0 1000 ${height}`}
        className={drawing ? "plan-board plan-drawing" : "plan-board"}
        role="group"
        aria-label={t("onPlan", { name: pick({ name_zh: plan.name, name_en: plan.name_en }, "name") })}
        tabIndex={edited ? 0 : -1}
        onPointerMove={move}
        onPointerDown={press}
        onPointerUp={() => setDrag(null)}
        onPointerLeave={() => setPointer(null)}
        onKeyDown={key}
      >
        {areas
          .filter((area) => area.outline.length > 2 && !(edited && area.id === open))
          .map((area) => (
            <Shape
              key={area.id}
              area={area}
              height={height}
              open={area.id === open}
              quiet={edited !== null}
              onOpen={() => onOpen(area.id)}
            />
          ))}
        {edited && edited.length > 0 && (
          <g className="plan-edited">
            {ghost ? (
              <polyline points={line(ghost)} className="plan-ghost" />
            ) : (
              <polygon points={line(edited)} onPointerDown={(event) => grab(event, -1)} />
            )}
            {edited.map(([x, y], index) => (
              <circle
                // biome-ignore lint/suspicious/noArrayIndexKey: a corner is its place in the row
                key={index}
                cx={x * 1000}
                cy={y * height}
                r={drawing && index === 0 ? 9 : 7}
                onPointerDown={(event) => grab(event, index)}
              />
            ))}
          </g>
        )}
      </svg>
    </div>
  );
}

interface ShapeProps {
  area: Place;
  height: number;
  open: boolean;
  quiet: boolean;
  onOpen: () => void;
}

function Shape({ area, height, open, quiet, onOpen }: ShapeProps) {
  const t = useWords(words);
  const pick = usePick();
  const centre = middle(area.outline);
  const name = pick(area, "name");
  const classes = ["plan-area", open && "plan-open", area.closed && "plan-closed"].filter(Boolean).join(" ");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button can't stand inside a drawing
    <g
      className={classes}
      role="button"
      tabIndex={quiet ? -1 : 0}
      aria-label={area.closed ? `${t("outlineOf", { name })} · ${t("closed")}` : t("outlineOf", { name })}
      aria-pressed={open}
      onClick={() => !quiet && onOpen()}
      onKeyDown={(event) => {
        if (quiet || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        onOpen();
      }}
    >
      <polygon points={area.outline.map(([x, y]) => `${x * 1000},${y * height}`).join(" ")} />
      {centre && (
        <text x={centre[0] * 1000} y={centre[1] * height}>
          {name}
          {area.closed && (
            <tspan x={centre[0] * 1000} dy="1.3em">
              {t("closed")}
            </tspan>
          )}
        </text>
      )}
    </g>
  );
}
