import type { Language } from "./i18n";

const NUMBER_LOCALE: Record<Language, string> = { zh: "zh-CN", en: "en-GB" };

export function number(value: number | null | undefined, language: Language, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return formatter(language, digits).format(value);
}

// Making one takes a browser longer than a thousand uses of it.
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(language: Language, digits: number): Intl.NumberFormat {
  const key = `${language} ${digits}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(NUMBER_LOCALE[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  formatters.set(key, made);
  return made;
}

/** A share in [0, 1] as per cent. A value that would round to 0 % or 100 % without being so keeps a bound. */
export function percent(share: number | null | undefined, digits = 0): string {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  const smallest = 10 ** -digits;
  const value = share * 100;
  if (value > 0 && value < smallest / 2) return `<${smallest.toFixed(digits)}%`;
  if (value < 100 && value > 100 - smallest / 2) return `>${(100 - smallest).toFixed(digits)}%`;
  return `${value.toFixed(digits)}%`;
}

/** A change against before, with its sign: `+12%`, `−8%`, `0%`. */
export function change(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || Number.isNaN(ratio)) return "–";
  const value = Math.round(ratio * 100);
  if (value === 0) return "0%";
  return value > 0 ? `+${value}%` : `−${-value}%`;
}

export function day(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 10) : "–";
}

export function month(iso: string): string {
  return iso.slice(0, 7);
}

/** Date and minute in the reader's own time zone. */
export function moment(iso: string | null | undefined): string {
  if (!iso) return "–";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The first and last characters of a hash, enough to compare by eye. */
export function shortHash(hash: string): string {
  return hash.length > 20 ? `${hash.slice(0, 10)}…${hash.slice(-8)}` : hash;
}
