import { usePick, useWords } from "@/app/i18n";
import type { GraphCircle } from "@/app/types";
import { FACTORS, GROUP_INK, type Group, groupOf } from "./circle";
import { type Word, words } from "./words";

interface CircleListProps {
  circle: GraphCircle;
  open: string;
  onOpen: (id: string) => void;
}

const GROUPS: Group[] = ["incident", ...FACTORS];

/** The circle in words, by factor, closest first: for keyboards, screen readers and phones. */
export function CircleList({ circle, open, onOpen }: CircleListProps) {
  const t = useWords(words);
  const pick = usePick();
  const seeds = new Set(circle.seeds);
  return (
    <div className="circle-list">
      {GROUPS.map((group) => {
        const spots = circle.nodes.filter((spot) => groupOf(spot) === group);
        if (spots.length === 0) return null;
        return (
          <section key={group} aria-labelledby={`group-${group}`}>
            <h3 id={`group-${group}`}>
              <FactorSign group={group} /> {t(group)} <span className="muted num">{spots.length}</span>
            </h3>
            <ul className="item-list">
              {spots.map((spot) => (
                <li key={spot.id}>
                  <button
                    type="button"
                    className={spot.id === open ? "item item-open" : "item"}
                    aria-current={spot.id === open || undefined}
                    onClick={() => onOpen(spot.id)}
                  >
                    <span>{pick(spot, "label")}</span>
                    <span className="muted circle-meta">
                      {t(`kind_${spot.kind}` as Word)} ·{" "}
                      {seeds.has(spot.id) ? t("start") : t("hopsValue", { n: spot.hops })}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

/** A factor's sign: a character or two in its own ink. */
export function FactorSign({ group }: { group: Group }) {
  const t = useWords(words);
  return (
    <span
      className="factor-sign"
      aria-hidden="true"
      style={{ color: GROUP_INK[group], borderColor: GROUP_INK[group] }}
    >
      {t(`sign_${group}`)}
    </span>
  );
}
