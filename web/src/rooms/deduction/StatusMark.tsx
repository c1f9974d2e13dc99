import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  MinusCircleOutlined,
  StopOutlined,
} from "@ant-design/icons";
import { useWords } from "@/app/i18n";
import type { PointStatus } from "@/app/types";
import { words } from "./words";

const ICONS: Record<PointStatus, typeof CheckCircleOutlined> = {
  open: ClockCircleOutlined,
  confirmed: CheckCircleOutlined,
  not_found: MinusCircleOutlined,
  not_applicable: StopOutlined,
};

export function StatusMark({ status }: { status: PointStatus }) {
  const t = useWords(words);
  const Icon = ICONS[status];
  return (
    <span className={`status-mark status-${status}`}>
      <Icon aria-hidden /> {t(status)}
    </span>
  );
}
