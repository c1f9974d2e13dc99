import { describe, expect, it } from "vitest";
import type { Roster } from "./queries";
import { daysFrom, entriesOf, hours, localInput, weekOf } from "./week";

const person = { id: 1, name: "王", name_en: "Wang", by_more_than_bell: true };

function local(day: number, hour: number): string {
  return new Date(2026, 10, day, hour).toISOString();
}

describe("a week of a roster", () => {
  it("begins on Monday, whatever the day", () => {
    expect(localInput(weekOf(new Date(2026, 10, 22, 23, 59)))).toBe("2026-11-16T00:00");
    expect(localInput(weekOf(new Date(2026, 10, 16)))).toBe("2026-11-16T00:00");
    expect(daysFrom(new Date(2026, 10, 16)).map((one) => one.getDate())).toEqual([
      16, 17, 18, 19, 20, 21, 22, 23,
    ]);
  });

  it("cuts a night shift at midnight and keeps holes between shifts", () => {
    const roster = {
      shifts: [
        { id: 7, person, starts_at: local(16, 20), ends_at: local(17, 8), away: false, stand_in: null },
      ],
      gaps: [{ starts_at: local(17, 8), ends_at: local(18, 0), away: [] }],
    } as unknown as Roster;
    const [, tuesday, wednesday] = daysFrom(new Date(2026, 10, 16)) as [Date, Date, Date];
    const shown = entriesOf(roster, tuesday, wednesday);
    expect(shown.map((one) => [one.kind, hours(one.from, one.to)])).toEqual([
      ["shift", "00:00–08:00"],
      ["gap", "08:00–24:00"],
    ]);
  });
});
