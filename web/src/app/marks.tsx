import { Tag, Tooltip } from "antd";
import { useWords } from "./i18n";
import { RISK } from "./theme";
import type { Colour, ColourOrNone, Tier } from "./types";
import { words } from "./words";

// Each colour has its own shape and word, so that colour is never the only sign.
const SHAPES: Record<Colour, string> = {
  red: "M6 0.5 L11.5 6 L6 11.5 L0.5 6 Z",
  orange: "M6 1 L11.5 11 L0.5 11 Z",
  yellow: "M1.2 1.2 H10.8 V10.8 H1.2 Z",
  blue: "M6 1 A5 5 0 1 1 5.99 1 Z",
};
/** The same shapes by ECharts name. */
export const CHART_SYMBOLS: Record<Colour, string> = {
  red: "diamond",
  orange: "triangle",
  yellow: "rect",
  blue: "circle",
};
export const COLOURS: Colour[] = ["red", "orange", "yellow", "blue"];
export const TIERS: Tier[] = ["high", "medium", "low"];

export function RiskShape({ colour }: { colour: Colour }) {
  return (
    <svg className="risk-shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path d={SHAPES[colour]} fill={RISK[colour]} />
    </svg>
  );
}

/** A risk level: shape, colour and word. */
export function RiskMark({ colour }: { colour: ColourOrNone }) {
  const t = useWords(words);
  if (!colour) return <span className="muted">{t("unrated")}</span>;
  return (
    <span className="risk-mark" title={t(`${colour}Full`)}>
      <RiskShape colour={colour} />
      {t(colour)}
    </span>
  );
}

const BARS: Record<Tier, number> = { high: 3, medium: 2, low: 1 };

/** A warning's tier: filled bars and a word, in ink. */
export function TierMark({ tier }: { tier: Tier }) {
  const t = useWords(words);
  return (
    <span className={`tier-mark tier-${tier}`} title={t(`${tier}Full`)}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {[0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={bar * 4}
            y={8 - bar * 4}
            width="3"
            height={4 + bar * 4}
            fill="currentColor"
            opacity={bar < BARS[tier] ? 1 : 0.25}
          />
        ))}
      </svg>
      {t(tier)}
    </span>
  );
}

/** Says that a record was made by a program. */
export function SyntheticTag() {
  const t = useWords(words);
  return (
    <Tooltip title={t("syntheticWhy")}>
      <Tag className="synthetic-tag" tabIndex={0}>
        {t("synthetic")}
      </Tag>
    </Tooltip>
  );
}

/** Where an action stands in the ledger. */
export function LedgerMark({ index }: { index: number | null }) {
  const t = useWords(words);
  if (index === null) return null;
  return (
    <span className="ledger-mark num" title={t("ledgerIndexWhy")}>
      {t("ledgerIndex", { n: index })}
    </span>
  );
}

/** A probability as a bar and a number. */
export function Probability({ value, label }: { value: number; label: string }) {
  return (
    <span className="probability">
      <span className="probability-rail" aria-hidden="true">
        <span style={{ width: `${Math.max(2, value * 100)}%` }} />
      </span>
      <span className="num">{label}</span>
    </span>
  );
}
