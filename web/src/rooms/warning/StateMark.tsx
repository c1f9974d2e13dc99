import { BellOutlined, CheckCircleOutlined, EyeOutlined, SwapRightOutlined } from "@ant-design/icons";
import { useWords } from "@/app/i18n";
import type { WarningState } from "@/app/types";
import { words } from "./words";

const ICONS: Record<WarningState, typeof BellOutlined> = {
  raised: BellOutlined,
  acknowledged: EyeOutlined,
  handed_on: SwapRightOutlined,
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
