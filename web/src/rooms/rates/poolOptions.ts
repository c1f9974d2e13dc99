import type { EChartsCoreOption } from "echarts/core";
import { percent } from "@/app/format";
import { ACCENT, INK, LINE, MUTED } from "@/app/theme";
import type { PoolSimulation } from "@/app/types";

const PALE = "#a9bfc0";

/** Loss ratio: benefits over premium; null where nobody pays. */
export function ratio(benefits: number, premium: number): number | null {
  return premium > 0 ? benefits / premium : null;
}

function bars(names: string[], values: number[], colours: string[], digits: number): EChartsCoreOption {
  return {
    grid: { left: 8, right: 8, top: 24, bottom: 24, containLabel: false },
    tooltip: { trigger: "item", confine: true },
    xAxis: {
      type: "category",
      data: names,
      axisLabel: { color: MUTED, interval: 0 },
      axisLine: { lineStyle: { color: LINE } },
      axisTick: { show: false },
    },
    yAxis: { type: "value", show: false },
    series: [
      {
        type: "bar",
        barMaxWidth: 48,
        data: values.map((value, index) => ({
          value: Number(value.toFixed(digits)),
          itemStyle: { color: colours[index] ?? ACCENT },
        })),
        label: {
          show: true,
          position: "top",
          color: INK,
          formatter: ({ value }: { value: number }) => value.toLocaleString(),
        },
      },
    ],
  };
}

/** Income now, without the factor and proposed, beside what the pool is expected to cost; in 10 000 yuan. */
export function incomeOption(
  pool: Pick<PoolSimulation, "income_now" | "income_plain" | "income_proposed" | "expected_benefits">,
  names: [now: string, plain: string, proposed: string, benefits: string],
): EChartsCoreOption {
  const values = [pool.income_now, pool.income_plain, pool.income_proposed, pool.expected_benefits];
  return bars(
    names,
    values.map((yuan) => yuan / 10_000),
    [PALE, PALE, ACCENT, INK],
    1,
  );
}

/** Enterprises by steps that their grade moves. */
export function movesOption(
  moves: PoolSimulation["moves"],
  name: (steps: number) => string,
): EChartsCoreOption {
  return bars(
    moves.map((move) => name(move.steps)),
    moves.map((move) => move.enterprises),
    moves.map((move) => (move.steps === 0 ? PALE : ACCENT)),
    0,
  );
}

/** Actual loss ratio of each tenth of foretold risk, at the rates in force and as proposed. */
export function decileOption(
  deciles: NonNullable<PoolSimulation["backtest"]>["deciles"],
  texts: { now: string; proposed: string; tenth: (n: number) => string },
): EChartsCoreOption {
  const line = (name: string, values: (number | null)[], colour: string, symbol: string) => ({
    type: "line",
    name,
    symbol,
    symbolSize: 8,
    lineStyle: { color: colour, width: 2 },
    itemStyle: { color: colour },
    data: values,
  });
  return {
    grid: { left: 52, right: 16, top: 16, bottom: 28 },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (shown: { dataIndex: number; seriesName: string; value: number | null }[]) =>
        [
          texts.tenth(deciles[shown[0]?.dataIndex ?? 0]?.number ?? 1),
          ...shown.map((one) => `${one.seriesName} ${percent(one.value)}`),
        ].join("<br>"),
    },
    xAxis: {
      type: "category",
      data: deciles.map((decile) => decile.number),
      axisLabel: { color: MUTED },
      axisLine: { lineStyle: { color: LINE } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      axisLabel: { color: MUTED, formatter: (value: number) => percent(value) },
      splitLine: { lineStyle: { color: LINE } },
    },
    series: [
      line(
        texts.now,
        deciles.map((decile) => ratio(decile.benefits, decile.premium_now)),
        "#8a9a9c",
        "emptyCircle",
      ),
      line(
        texts.proposed,
        deciles.map((decile) => ratio(decile.benefits, decile.premium_proposed)),
        ACCENT,
        "circle",
      ),
    ],
  };
}
