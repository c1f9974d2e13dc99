import type { Roster, Shift } from "./queries";

const DAY_MS = 24 * 3600 * 1000;

/** Monday, 0:00 of the reader's clock, of the week that `at` is in. */
export function weekOf(at: Date): Date {
  const monday = new Date(at.getFullYear(), at.getMonth(), at.getDate());
  monday.setDate(monday.getDate() - ((monday.getDay() + 6) % 7));
  return monday;
}

/** The beginnings of seven days and of the day after. */
export function daysFrom(monday: Date): Date[] {
  return Array.from(
    { length: 8 },
    (_, n) => new Date(monday.getFullYear(), monday.getMonth(), monday.getDate() + n),
  );
}

export type Entry =
  | { kind: "shift"; key: string; from: Date; to: Date; shift: Shift }
  | { kind: "gap"; key: string; from: Date; to: Date; away: string[] };

/** Shifts and holes of one day, cut at midnight, in order of time. */
export function entriesOf(roster: Roster, from: Date, to: Date): Entry[] {
  const cut = (starts: string, ends: string) => ({
    from: new Date(Math.max(Date.parse(starts), from.getTime())),
    to: new Date(Math.min(Date.parse(ends), to.getTime())),
  });
  const entries: Entry[] = [
    ...roster.shifts.map((shift) => ({
      kind: "shift" as const,
      key: `s${shift.id}`,
      shift,
      ...cut(shift.starts_at, shift.ends_at),
    })),
    ...roster.gaps.map((gap) => ({
      kind: "gap" as const,
      key: `g${gap.starts_at}`,
      away: gap.away,
      ...cut(gap.starts_at, gap.ends_at),
    })),
  ];
  return entries.filter((one) => one.from < one.to).sort((a, b) => a.from.getTime() - b.from.getTime());
}

const two = (value: number) => String(value).padStart(2, "0");

/** `08:00–16:00`; midnight at the end of the day reads 24:00. */
export function hours(from: Date, to: Date): string {
  const end =
    to.getHours() === 0 && to.getMinutes() === 0 && to > from
      ? "24:00"
      : `${two(to.getHours())}:${two(to.getMinutes())}`;
  return `${two(from.getHours())}:${two(from.getMinutes())}–${end}`;
}

/** What `<input type="datetime-local">` shows for a moment. */
export function localInput(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `11-16`. */
export function dayLabel(at: Date): string {
  return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function isToday(at: Date, now: Date): boolean {
  return now.getTime() >= at.getTime() && now.getTime() < at.getTime() + DAY_MS;
}
