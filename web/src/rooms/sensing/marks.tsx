import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { usePlaces } from "@/rooms/places/queries";
import { Sparkline } from "@/rooms/profiles/Sparkline";
import { digitsOf, type SensorState } from "./state";
import type { Channel, LimitKind, RiskBand } from "./types";
import { words } from "./words";

// Red, orange, yellow and blue stand for risk alone. A state has a form of its own beside its colour.
export const STATE_COLOURS: Record<SensorState, string> = {
  alarm: "#8d2f55",
  warning: "#6d5a2c",
  silent: "#556265",
  near: "#6d5a2c",
  uncalibrated: "#556265",
  normal: "#17343a",
};

/** The form of a state around (0, 0), about 20 units wide. */
export function StateForm({ state }: { state: SensorState }) {
  const colour = STATE_COLOURS[state];
  switch (state) {
    case "alarm":
      return <path d="M0 -13L13 0L0 13L-13 0z" fill={colour} stroke="#fff" strokeWidth="2.5" />;
    case "warning":
      return <path d="M0 -11L11.5 9H-11.5z" fill={colour} stroke="#fff" strokeWidth="2.5" />;
    case "silent":
      return (
        <>
          <circle r="9" fill="#fff" stroke={colour} strokeWidth="2" strokeDasharray="4 3" />
          <path d="M-4 -4L4 4M-4 4L4 -4" stroke={colour} strokeWidth="2" />
        </>
      );
    case "near":
      return (
        <>
          <circle r="9" fill="#fff" stroke={colour} strokeWidth="2.5" />
          <path d="M-9 0A9 9 0 0 0 9 0z" fill={colour} />
        </>
      );
    case "uncalibrated":
      return (
        <>
          <rect x="-8.5" y="-8.5" width="17" height="17" fill="#fff" stroke={colour} strokeWidth="2" />
          <path d="M0 -5V1" stroke={colour} strokeWidth="2.5" />
          <circle cy="5" r="1.6" fill={colour} />
        </>
      );
    case "normal":
      return (
        <>
          <circle r="8" fill="#fff" stroke={colour} strokeWidth="2.5" />
          <circle r="3" fill={colour} />
        </>
      );
  }
}

export function StateMark({ state }: { state: SensorState }) {
  const t = useWords(words);
  return (
    <span className={`sensor-state sensor-${state}`}>
      <svg viewBox="-14 -14 28 28" width="16" height="16" aria-hidden="true">
        <StateForm state={state} />
      </svg>
      {t(state)}
    </span>
  );
}

/** The name of a level of risk; level 0 is a place whose sensor is silent. */
export function useLevelName(bands: RiskBand[]) {
  const t = useWords(words);
  const pick = usePick();
  return (level: number) => {
    if (level === 0) return t("unknownCell");
    const band = bands.find((one) => one.level === level);
    return band ? pick({ name_zh: band.zh, name_en: band.en }, "name") : t("noLevel");
  };
}

const UNITS: Record<string, string> = { degC: "°C", degF: "°F", deg: "°", delta_degC: "°C" };

/** A unit as people write it. */
export function unitText(unit: string): string {
  return UNITS[unit] ?? unit;
}

/** Names of areas in the language on screen, by id. */
export function useAreaNames(enterpriseId: string): Map<number, string> {
  const pick = usePick();
  const places = usePlaces(enterpriseId).data;
  return new Map((places?.areas ?? []).map((area) => [area.id, pick(area, "name")]));
}

/** Its name in the language on screen, else its key. */
export function useName() {
  const pick = usePick();
  return (channel: Pick<Channel, "name_zh" | "name_en" | "key">) => pick(channel, "name") || channel.key;
}

/** A reading with its unit. */
export function useReading() {
  const t = useWords(words);
  const { language } = useLanguage();
  return (channel: Pick<Channel, "last_value" | "unit" | "personal" | "last_at">) => {
    if (channel.personal) return t("hidden");
    if (channel.last_value === null) return channel.last_at === null ? t("noReading") : "–";
    return `${number(channel.last_value, language, digitsOf(channel.last_value))} ${unitText(channel.unit)}`.trim();
  };
}

/** Hour, minute and second in the reader's own time zone; with the day where it isn't today's. */
export function clock(iso: string | null | undefined): string {
  if (!iso) return "–";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  const today = new Date().toDateString() === at.toDateString();
  return today ? time : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** The last hour as a line; what came since it was asked for is its last point. */
export function Spark({ channel, mean }: { channel: Channel; mean: (number | null)[] | undefined }) {
  if (!mean || channel.personal) return <span className="spark-none" />;
  const known = mean.filter((value): value is number => value !== null);
  if (channel.last_value !== null) known.push(channel.last_value);
  return known.length < 2 ? <span className="spark-none" /> : <Sparkline values={known} />;
}

const LIMIT_WORDS = {
  high: "limitHigh",
  high_high: "limitHighHigh",
  low: "limitLow",
  low_low: "limitLowLow",
  stel: "limitStel",
  twa: "limitTwa",
  rate: "limitRate",
} as const;

/** Words of a limit's kind. */
export function useLimitName() {
  const t = useWords(words);
  return (kind: LimitKind) => t(LIMIT_WORDS[kind]);
}
