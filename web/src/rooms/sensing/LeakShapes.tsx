import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { type Box, toShare } from "./geometry";
import type { Leak } from "./past";
import { digitsOf } from "./state";
import { words } from "./words";

interface LeakShapesProps {
  leaks: Leak[];
  box: Box;
  wide: number;
  height: number;
  scale: number;
}

/** The ground that the gas of each leak covers, where it probably comes from, and how much. */
export function LeakShapes({ leaks, box, wide, height, scale }: LeakShapesProps) {
  const t = useWords(words);
  const { language } = useLanguage();
  const spot = (x: number, y: number) => {
    const [across, down] = toShare(box, x, y);
    return [Math.round(across * wide * 10) / 10, Math.round(down * height * 10) / 10] as const;
  };
  const path = (rings: [number, number][][]) =>
    rings.map((ring) => `M${ring.map(([x, y]) => spot(x, y).join(" ")).join("L")}z`).join("");
  return leaks.map((leak) => {
    const rate = leak.rate === null ? "" : number(leak.rate, language, digitsOf(leak.rate));
    const name = leak.source ? t("leakFrom", { source: leak.source, rate }) : t("leakSomewhere");
    const least = leak.rings.at(-1);
    const at = leak.at && spot(leak.at.x, leak.at.y);
    return (
      // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a part of a drawing takes no part in it
      <g key={leak.id} className="live-leak" role="img" aria-label={name}>
        <title>{least ? `${name}${t("leakGround", { ppm: number(least.limit, language, 0) })}` : name}</title>
        {leak.rings.map(({ limit, rings }) => (
          <path key={limit} d={path(rings)} fillRule="evenodd" />
        ))}
        {at && (
          <g transform={`translate(${at[0]} ${at[1]}) scale(${scale})`}>
            <path className="live-leak-source" d="M-7 0H7M0 -7V7" />
            <text x={at[0] > wide * 0.7 ? -12 : 12} y="22" textAnchor={at[0] > wide * 0.7 ? "end" : "start"}>
              {name}
            </text>
          </g>
        )}
      </g>
    );
  });
}
