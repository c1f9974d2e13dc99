import { describe, expect, it } from "vitest";
import { monthsOption, spell } from "./figuresOption";
import { placesOption, sizeOf, spotsOption } from "./mapOption";

const say = {
  minutes: (n: number) => `${n} min`,
  hours: (n: string) => `${n} h`,
  days: (n: string) => `${n} d`,
};

describe("figures", () => {
  it("are spelt in the unit a person would use", () => {
    expect([null, 5, 119, 120, 2880, 72 * 60].map((n) => spell(n, say))).toEqual([
      "–",
      "5 min",
      "119 min",
      "2.0 h",
      "48 h",
      "3.0 d",
    ]);
  });
  it("leave a gap where nothing was opened", () => {
    const month = { month: "2026-01", opened: 0, answered: 0, median: null, p85: null, closed: 0 };
    const option = monthsOption([{ ...month, within_2h: null, within_48h: null }], {
      within48: "",
      opened: "",
    });
    const series = option.series as { data: unknown[] }[];
    expect(series[1]?.data).toEqual([null]);
  });
});

describe("map", () => {
  const texts = { open: String, late: String, lateOne: "late", title: () => "<b>" };
  it("draws more hazards larger, to a bound", () => {
    expect(sizeOf(1)).toBeLessThan(sizeOf(8));
    expect(sizeOf(1_000_000)).toBe(34);
  });
  it("marks what is late with a rim and escapes names", () => {
    const spot = {
      id: 1,
      level: "high" as const,
      state: "opened" as const,
      overdue: true,
      area_id: 1,
      plan_id: 1,
    };
    const option = spotsOption(
      [{ ...spot, title_zh: "", title_en: "", x: 0.2, y: 0.4, lat: null, lon: null }],
      true,
      texts,
    );
    const tip = option.tooltip as { formatter: (of: object) => string };
    const mark = (option.series as { data: { itemStyle: { borderWidth: number }; lines: string[] }[] }[])[0]
      ?.data[0];
    expect(mark?.itemStyle.borderWidth).toBe(2.5);
    expect(tip.formatter({ data: mark })).toBe("&#60;b&#62;<br>late");
  });
  it("needs no drawing of districts", () => {
    expect(placesOption([], texts, null).geo).toBeUndefined();
  });
});
