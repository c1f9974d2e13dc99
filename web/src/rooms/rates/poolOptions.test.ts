import { expect, test } from "vitest";
import { decileOption, incomeOption, movesOption, ratio } from "./poolOptions";

interface Drawn {
  series: { data: unknown[] }[];
  xAxis: { data: unknown[] };
}

test("where nobody pays there is no loss ratio", () => {
  expect(ratio(5, 0)).toBeNull();
  expect(ratio(5, 10)).toBe(0.5);
});

test("income is drawn in ten thousands of yuan, in the order now, plain, proposed, benefits", () => {
  const option = incomeOption(
    { income_now: 20_000, income_plain: 30_000, income_proposed: 40_000, expected_benefits: 10_000 },
    ["a", "b", "c", "d"],
  ) as unknown as Drawn;
  expect(option.series[0]?.data.map((bar) => (bar as { value: number }).value)).toEqual([2, 3, 4, 1]);
});

test("every move has its bar", () => {
  const option = movesOption(
    [
      { steps: -1, enterprises: 3 },
      { steps: 0, enterprises: 5 },
    ],
    (steps) => `${steps}`,
  ) as unknown as Drawn;
  expect(option.xAxis.data).toEqual(["-1", "0"]);
});

test("a tenth is drawn twice: at the rates in force and as proposed", () => {
  const decile = {
    number: 1,
    enterprises: 9,
    payroll: 1,
    premium_now: 10,
    premium_proposed: 20,
    benefits: 5,
  };
  const option = decileOption([decile], {
    now: "n",
    proposed: "p",
    tenth: (n) => `${n}`,
  }) as unknown as Drawn;
  expect(option.series.map((line) => line.data)).toEqual([[0.5], [0.25]]);
});
