import { Tag } from "antd";
import { useWords } from "@/app/i18n";
import type { Result, Source } from "./types";
import { words } from "./words";

/** What put an item on the plan. */
export function SourceTags({ sources }: { sources: Source[] }) {
  const t = useWords(words);
  return (
    <span className="source-tags">
      {sources.map((source) => (
        <Tag key={source} className={`source-tag source-${source}`}>
          {t(`source_${source}`)}
        </Tag>
      ))}
    </span>
  );
}

const SIGNS: Record<Result, string> = { ok: "✓", finding: "!", not_applicable: "–" };

/** An answer: sign and word. */
export function ResultMark({ result }: { result: Result }) {
  const t = useWords(words);
  return (
    <span className={`result-mark result-${result}`}>
      <b aria-hidden="true">{SIGNS[result]}</b> {t(result)}
    </span>
  );
}

/** Hours where the minutes are whole ones. */
export function useLength() {
  const t = useWords(words);
  return (minutes: number) => (minutes % 60 ? t("minutes", { n: minutes }) : t("hours", { n: minutes / 60 }));
}
