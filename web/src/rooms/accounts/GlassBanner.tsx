import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { ask, useChange } from "./accounts";
import { words } from "./admin/words";
import { useMe } from "./session";
import "./accounts.css";

/** Above every page while something is open in an emergency. */
export function GlassBanner() {
  const t = useWords(words);
  const me = useMe();
  const client = useQueryClient();
  const close = useChange(ask.closeGlass, () => void client.invalidateQueries());
  if (!me.glass) return null;
  return (
    <div className="glass-banner" role="status">
      <span>{t("glassBanner", { what: me.glass.organisation_name, to: moment(me.glass.ends_at) })}</span>
      <Button size="small" loading={close.isPending} onClick={() => close.mutate(undefined as never)}>
        {t("glassEnd")}
      </Button>
    </div>
  );
}
