import { describe, expect, it } from "vitest";
import { fill, initialLanguage, pickText, say, type Words } from "./i18n";

const modules = import.meta.glob<{ words: Words }>(["./words.ts", "../{rooms,worker,offline}/**/words.ts"], {
  eager: true,
});
const sources = import.meta.glob<string>(["./**/*.{ts,tsx}", "../{rooms,worker,offline}/**/*.{ts,tsx}"], {
  eager: true,
  query: "?raw",
  import: "default",
});
const entries = Object.entries(modules).flatMap(([file, { words }]) =>
  Object.entries(words).map(([key, phrase]) => ({ name: `${file} ${key}`, key, phrase })),
);
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe("words", () => {
  it("are found for every room", () => {
    expect(Object.keys(modules).length).toBeGreaterThan(18); // a glob that finds nothing would pass all the rest
  });
  it.each(entries)("$name speaks both languages", ({ phrase }) => {
    const [zh, en] = phrase;
    expect(phrase).toHaveLength(2);
    expect(zh.trim()).not.toBe("");
    expect(en.trim()).not.toBe("");
    expect(holes(en)).toEqual(holes(zh));
  });
  it.each(entries)("$name has no Chinese in its English", ({ key, phrase }) => {
    if (key !== "otherLanguage") expect(phrase[1]).not.toMatch(/[\u4e00-\u9fff]/);
  });
  it("are the only place where Chinese stands", () => {
    const strays = Object.entries(sources)
      .filter(([file]) => !/words\.ts$|\.test\.ts$|client\.ts$|api\.d\.ts$/.test(file))
      .filter(([, text]) => /[\u4e00-\u9fff]/.test(text))
      .map(([file]) => file);
    expect(strays).toEqual([]);
  });
});

describe("language", () => {
  it("is Chinese unless a person chose English", () => {
    expect(initialLanguage(null)).toBe("zh");
    expect(initialLanguage("fr")).toBe("zh");
    expect(initialLanguage("en")).toBe("en");
  });
  it("fills the holes of a phrase and leaves unknown ones visible", () => {
    expect(say(["共 {n} 家", "{n} enterprises"], "en", { n: 3 })).toBe("3 enterprises");
    expect(fill("{a} {b}", { a: 1 })).toBe("1 {b}");
  });
  it("falls back to the other language where a machine's text is missing", () => {
    expect(pickText({ title_zh: "冲床", title_en: "" }, "title", "en")).toBe("冲床");
    expect(pickText({ title_zh: "冲床", title_en: "Press" }, "title", "en")).toBe("Press");
  });
});
