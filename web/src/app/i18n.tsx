import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

export type Language = "zh" | "en";
/** One phrase: Chinese first, then English. `{name}` is filled in by the caller. */
export type Phrase = readonly [zh: string, en: string];
export type Words = Record<string, Phrase>;

/** Declares a room's words. The tuple type makes a missing language a compile error. */
export function defineWords<const W extends Words>(words: W): W {
  return words;
}

export function fill(text: string, values?: Record<string, string | number>): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function say(phrase: Phrase, language: Language, values?: Record<string, string | number>): string {
  return fill(phrase[language === "zh" ? 0 : 1], values);
}

const STORAGE_KEY = "yufang.language";

export function initialLanguage(stored: string | null): Language {
  return stored === "en" ? "en" : "zh"; // Chinese first, whatever the browser prefers
}

interface LanguageState {
  language: Language;
  setLanguage: (language: Language) => void;
}
const LanguageContext = createContext<LanguageState>({ language: "zh", setLanguage: () => undefined });

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() =>
    initialLanguage(window.localStorage.getItem(STORAGE_KEY)),
  );
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    window.localStorage.setItem(STORAGE_KEY, language);
  }, [language]);
  const state = useMemo(() => ({ language, setLanguage }), [language]);
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageState {
  return useContext(LanguageContext);
}

/** `t(key)` for a room's words in the language on screen. */
export function useWords<W extends Words>(words: W) {
  const { language } = useLanguage();
  return useCallback(
    (key: keyof W, values?: Record<string, string | number>) => say(words[key] as Phrase, language, values),
    [language, words],
  );
}

type InBothLanguages<Stem extends string> = Record<`${Stem}_zh` | `${Stem}_en`, string>;

/** The machine-made text of a row in `language`; the other language when this one is empty. */
export function pickText<Stem extends string>(
  row: InBothLanguages<Stem>,
  stem: Stem,
  language: Language,
): string {
  return eitherText(row[`${stem}_zh`], row[`${stem}_en`], language);
}

/** One of two texts: that of `language`, the other when this one is empty. */
export function eitherText(zh: string, en: string, language: Language): string {
  return language === "zh" ? zh || en : en || zh;
}

/** `either(me.name, me.name_en)` for rows whose Chinese has no ending of its own. */
export function useEither() {
  const { language } = useLanguage();
  return useCallback((zh: string, en: string) => eitherText(zh, en, language), [language]);
}

/** `pick(row, "title")` reads `title_zh` or `title_en`. */
export function usePick() {
  const { language } = useLanguage();
  return useCallback(
    <Stem extends string>(row: InBothLanguages<Stem>, stem: Stem) => pickText(row, stem, language),
    [language],
  );
}
