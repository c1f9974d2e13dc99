import type { Language } from "@/app/i18n";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A moment as people say it: the hour alone today, with the day otherwise. */
export function when(iso: string | number, language: Language, now: number): string {
  const moment = new Date(iso);
  const today = new Date(now).toDateString() === moment.toDateString();
  const year = new Date(now).getFullYear() !== moment.getFullYear();
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    ...(today ? {} : { month: language === "zh" ? "long" : "short", day: "numeric" }),
    ...(year ? { year: "numeric" } : {}),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(moment);
}

/** A stretch of time in one unit that suits it: under two hours in minutes, under two days in hours. */
export function stretch(ms: number): { unit: "minutes" | "hours" | "days"; n: number } {
  const long = Math.max(0, ms);
  if (long < 2 * HOUR) return { unit: "minutes", n: Math.max(1, Math.round(long / MINUTE)) };
  if (long <= 2 * DAY) return { unit: "hours", n: Math.round(long / HOUR) };
  return { unit: "days", n: Math.round(long / DAY) };
}
