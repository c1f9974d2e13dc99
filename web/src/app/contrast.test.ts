import { describe, expect, it } from "vitest";
import { ACCENT, INK, MUTED, TEXT, theme } from "./theme";

// What charts draw is a picture: axe can't read its colours, so they are measured here.
const sources = import.meta.glob<string>(["./*.{ts,tsx}", "../rooms/**/*.{ts,tsx}"], {
  eager: true,
  query: "?raw",
  import: "default",
});
const GROUNDS = ["#ffffff", "#f3f5f5"];
const ENOUGH = 4.5; // WCAG 2.2, 1.4.3

function luminance(colour: string): number {
  const part = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe("contrast of text", () => {
  it("is measured as WCAG says", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
  });

  const tokens = {
    TEXT,
    INK,
    ACCENT,
    MUTED,
    tertiary: String(theme.token?.colorTextTertiary),
    placeholder: String(theme.token?.colorTextPlaceholder),
    error: String(theme.token?.colorError),
    warning: String(theme.token?.colorWarning),
  };
  it.each(Object.entries(tokens))("%s can be read on every ground", (_, colour) => {
    for (const ground of GROUNDS) expect(contrast(colour, ground)).toBeGreaterThanOrEqual(ENOUGH);
  });

  // `axisLabel: { color: "#..." }` and its like; colours that are named are among the tokens above.
  const written = Object.entries(sources).flatMap(([file, text]) =>
    [
      ...text.matchAll(
        /\b(?:axisLabel|nameTextStyle|textStyle|label|rich)\b\s*:\s*\{[^{}]*?\b(?:color|fill)\s*:\s*"(#[0-9a-f]{6})"/gi,
      ),
    ].map((found) => ({ file, colour: found[1] as string })),
  );
  it("is enough in the labels of every chart", () => {
    const weak = written.filter(({ colour }) => contrast(colour.toLowerCase(), "#ffffff") < ENOUGH);
    expect(weak).toEqual([]);
  });

  it("has no label of a chart whose colour is left to the library", () => {
    const forgotten = Object.entries(sources)
      .filter(([file]) => /option\.ts$/i.test(file) && !file.includes(".test."))
      .flatMap(([file, text]) =>
        [...text.matchAll(/axisLabel\s*:\s*\{([^{}]*)\}/g)]
          .filter((found) => !/\bcolor\b/.test(found[1] ?? "") && !/show:\s*false/.test(found[1] ?? ""))
          .map((found) => `${file}: ${found[0].slice(0, 80)}`),
      );
    expect(forgotten).toEqual([]);
  });
});
