import { App, Button } from "antd";
import { useNavigate } from "react-router";
import { useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { useOpenFrom } from "./queries";
import { words } from "./words";

interface OpenHazardProps {
  from: "point" | "warning";
  id: number;
}

/** Opens a hazard for a confirmed point or an alert, and goes there. */
export function OpenHazard({ from, id }: OpenHazardProps) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const handles = useMay("hazards.handle");
  const open = useOpenFrom(from, id);
  if (!handles) return null;
  const start = () =>
    open.mutate(undefined, {
      onSuccess: (made) => navigate(`/hazards/${made.id}`),
      onError: (error) => message.error(errorText(error)),
    });
  return (
    <Button loading={open.isPending} onClick={start}>
      {t("openFrom")}
    </Button>
  );
}
