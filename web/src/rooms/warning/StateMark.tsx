import {
  BellOutlined,
  CheckCircleOutlined,
  EyeOutlined,
  FallOutlined,
  LockOutlined,
  PauseCircleOutlined,
  RiseOutlined,
  SwapRightOutlined,
} from "@ant-design/icons";
import { useEffect, useState } from "react";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import type { WarningRow, WarningState } from "@/app/types";
import { untilText } from "./countdown";
import { words } from "./words";

const ICONS: Record<WarningState, typeof BellOutlined> = {
  raised: BellOutlined,
  acknowledged: EyeOutlined,
  handed_on: SwapRightOutlined,
  escalated: RiseOutlined,
  downgraded: FallOutlined,
  closed: LockOutlined,
  resolved: CheckCircleOutlined,
};

export function StateMark({ state }: { state: WarningState }) {
  const t = useWords(words);
  const Icon = ICONS[state];
  return (
    <span className={`status-mark state-${state}`}>
      <Icon aria-hidden /> {t(state)}
    </span>
  );
}

export function DueMark({ due, overdue }: { due: string; overdue: boolean }) {
  const t = useWords(words);
  return (
    <span className={overdue ? "due overdue num" : "due num"}>
      {t("due")} {due}
      {overdue && <b> · {t("overdue")}</b>}
    </span>
  );
}

/** The moment it is, once a second, for countdowns. */
function useNow(isTicking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}

/** When the next level is told unless somebody takes the alert on; or until when it is quiet, and why. */
export function Countdown({ row }: { row: WarningRow }) {
  const t = useWords(words);
  const now = useNow(row.escalate_at !== null || row.quiet_until !== null);
  if (row.quiet_until !== null) {
    return (
      <span className="countdown countdown-quiet num">
        <PauseCircleOutlined aria-hidden />{" "}
        {t(row.quiet_why === "muted" ? "mutedUntil" : "snoozedUntil", { at: moment(row.quiet_until) })}
      </span>
    );
  }
  if (row.escalate_at === null) return null;
  const left = Date.parse(row.escalate_at) - now;
  return (
    <span
      className={left < 120_000 ? "countdown countdown-soon num" : "countdown num"}
      title={moment(row.escalate_at)}
    >
      <RiseOutlined aria-hidden />{" "}
      {left > 0 ? t("escalatesIn", { left: untilText(left) }) : t("escalatesNow")}
    </span>
  );
}
