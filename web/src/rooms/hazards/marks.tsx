import { Tag } from "antd";
import { moment } from "@/app/format";
import { useEither, useWords } from "@/app/i18n";
import type { HazardLevel, HazardRow, HazardState } from "@/app/types";
import { useKinds } from "./queries";
import { words } from "./words";

const BARS: Record<HazardLevel, number> = { low: 1, medium: 2, high: 3, major: 4 };

/** A hazard's level: filled bars and a word, in ink. */
export function LevelMark({ level }: { level: HazardLevel }) {
  const t = useWords(words);
  return (
    <span className={`hazard-level hazard-level-${level}`}>
      <svg viewBox="0 0 15 12" width="15" height="12" aria-hidden="true">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 4}
            y={9 - bar * 3}
            width="3"
            height={3 + bar * 3}
            fill="currentColor"
            opacity={bar < BARS[level] ? 1 : 0.25}
          />
        ))}
      </svg>
      {t(level)}
    </span>
  );
}

export function StateTag({ state }: { state: HazardState }) {
  const t = useWords(words);
  return <Tag className={`hazard-state hazard-state-${state}`}>{t(state)}</Tag>;
}

/** What of a hazard is late, in words. */
export function LateMark({ row }: { row: HazardRow }) {
  const t = useWords(words);
  if (!row.overdue) return null;
  const told = row.escalated === 2 ? t("escalated2") : row.escalated === 1 ? t("escalated1") : "";
  return (
    <span className="hazard-late">
      {t("overdue")}
      {told && ` · ${told}`}
    </span>
  );
}

/** A kind's name; its key until the names are there. */
export function useKindName() {
  const kinds = useKinds();
  const either = useEither();
  return (key: string) => {
    const found = kinds.data?.find((kind) => kind.key === key);
    return found ? either(found.zh, found.en) : key;
  };
}

/** The date a hazard waits for: the answer that was promised while nobody answered, else the fix. */
export function DueLine({ row }: { row: HazardRow }) {
  const t = useWords(words);
  if (row.closed_at) return <span className="muted num">{moment(row.closed_at)}</span>;
  const waits = row.state === "opened" && !row.answered_at;
  const text = waits
    ? t("answerBy", { at: moment(row.promise_due_at) })
    : t("dueBy", { at: moment(row.due_at) });
  return <span className={row.overdue ? "hazard-late num" : "muted num"}>{text}</span>;
}
