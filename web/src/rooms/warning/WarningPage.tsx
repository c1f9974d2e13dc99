import { useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { useWords } from "@/app/i18n";
import { EmptyState } from "@/app/states";
import type { WarningFilter } from "./queries";
import { WarningDetailPanel } from "./WarningDetailPanel";
import { WarningList } from "./WarningList";
import { words } from "./words";
import "./warning.css";

/** List and detail side by side; on a phone one after the other. */
export default function WarningPage() {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const filter: WarningFilter = useMemo(
    () => ({
      tier: search.get("tier") ?? "",
      state: search.get("state") ?? "open",
      q: search.get("q") ?? "",
      page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
    }),
    [search],
  );
  const change = (part: Partial<WarningFilter>) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (!("page" in part)) after.delete("page");
        for (const [key, value] of Object.entries(part)) {
          if (key === "state" ? value !== "open" : value && value !== 1) after.set(key, String(value));
          else after.delete(key);
        }
        return after;
      },
      { replace: true },
    );
  const rest = search.toString() ? `?${search}` : "";
  const showList = !phone || id === undefined;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      <div className="split">
        {showList && (
          <WarningList
            filter={filter}
            openId={id}
            onChange={change}
            onOpen={(row) => navigate(`/warnings/${encodeURIComponent(row.id)}${rest}`)}
          />
        )}
        {id !== undefined && (
          <WarningDetailPanel id={id} onBack={phone ? () => navigate(`/warnings${rest}`) : undefined} />
        )}
        {id === undefined && !phone && (
          <section className="panel">
            <EmptyState text={t("pickOne")} />
          </section>
        )}
      </div>
    </div>
  );
}
