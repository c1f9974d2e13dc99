import { type KeyboardEvent, type MouseEvent, useRef, useState } from "react";
import { useT } from "./hooks";

const STEP = 0.02;
const within = (value: number) => Math.min(1, Math.max(0, value));
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

interface Props {
  image: string;
  label: string;
  at: [number, number] | null;
  onTap: (x: number, y: number) => void;
}

/** The site plan: one tap marks the spot; by keyboard the arrows move the mark and Enter sets it. */
export function PlanTap({ image, label, at, onTap }: Props) {
  const t = useT();
  const button = useRef<HTMLButtonElement>(null);
  const [aim, setAim] = useState<[number, number] | null>(null);
  const [large, setLarge] = useState(false);
  const shown = aim ?? at;

  const tap = (event: MouseEvent) => {
    if (event.detail === 0) {
      // Enter or space: the mark as it was moved
      const [x, y] = shown ?? [0.5, 0.5];
      return onTap(x, y);
    }
    const box = button.current?.getBoundingClientRect();
    if (!box) return;
    setAim(null);
    onTap(within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height));
  };
  const move = (event: KeyboardEvent) => {
    const step = MOVES[event.key];
    if (!step) return;
    event.preventDefault();
    const [x, y] = shown ?? [0.5, 0.5];
    setAim([within(x + step[0]), within(y + step[1])]);
  };

  return (
    <div>
      <p className="hint" id="plan-help">
        {t("planHelp")}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a plan larger than its window is scrolled by keyboard too */}
      <section className={large ? "plan large" : "plan"} tabIndex={0} aria-label={label}>
        <button
          type="button"
          ref={button}
          aria-label={`${label} ${shown ? `${Math.round(shown[0] * 100)} %, ${Math.round(shown[1] * 100)} %` : ""}`}
          aria-describedby="plan-help"
          onClick={tap}
          onKeyDown={move}
        >
          <img src={image} alt="" draggable={false} />
          {shown && (
            <span
              className={aim ? "mark aiming" : "mark"}
              style={{ left: `${shown[0] * 100}%`, top: `${shown[1] * 100}%` }}
            />
          )}
        </button>
      </section>
      <button type="button" className="soft" aria-pressed={large} onClick={() => setLarge(!large)}>
        {large ? t("smallerPlan") : t("largerPlan")}
      </button>
    </div>
  );
}
