import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { HOUR, MINUTE, type PermitState } from "./times";
import { words } from "./words";

export function PermitStateMark({ state }: { state: PermitState }) {
  const t = useWords(words);
  return <span className={`permit-state permit-state-${state}`}>{t(state)}</span>;
}

/** A length of time in the two units that matter. */
export function useLasting() {
  const t = useWords(words);
  return (ms: number) => {
    const minutes = Math.floor(ms / MINUTE);
    if (minutes < 1) return t("underMinute");
    if (minutes < 60) return t("minutes", { m: minutes });
    const hours = Math.floor(ms / HOUR);
    if (hours < 48 && minutes % 60 === 0) return t("hours", { h: hours });
    if (hours < 48) return t("hoursMinutes", { h: hours, m: minutes % 60 });
    return t("daysHours", { d: Math.floor(hours / 24), h: hours % 24 });
  };
}

/** From when until when; the day of the end only where it is another. */
export function useSpan() {
  const t = useWords(words);
  return (starts: string, ends: string) => {
    const [from, until] = [moment(starts), moment(ends)];
    const sameDay = from.slice(0, 10) === until.slice(0, 10);
    return t("span", { from, until: sameDay ? until.slice(11) : until });
  };
}
