import { expect, it } from "vitest";
import { foundOption, gapOption } from "./gapOption";

const names = { worker: "W", manager: "M" };
type Series = { data: unknown[] }[];

it("the band lies between the two sides, whichever is higher", () => {
  const rows = [
    { name: "a", worker: 40, manager: 90 },
    { name: "b", worker: 80, manager: 60 },
  ];
  const [start, band, workers, managers] = gapOption(rows, names).series as Series;
  expect(start?.data).toEqual([40, 60]);
  expect(band?.data).toEqual([50, 20]);
  expect(workers?.data).toEqual([
    [40, 0],
    [80, 1],
  ]);
  expect(managers?.data).toEqual([
    [90, 0],
    [60, 1],
  ]);
});

it("a side that is withheld has no mark and no band", () => {
  const series = gapOption([{ name: "a", worker: null, manager: 90 }], names).series as Series;
  expect(series.map((one) => one.data)).toEqual([[0], [0], [], [[90, 0]]]);
});

it("a month without hazards is a gap and not a zero", () => {
  const months = [
    { month: "2026-04", share: null },
    { month: "2026-05", share: 0.754 },
  ];
  expect((foundOption(months).series as Series)[0]?.data).toEqual([null, 75]);
});
