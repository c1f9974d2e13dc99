import { Segmented } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { PointRow, PointStatus } from "@/app/types";
import { words as shared } from "@/app/words";
import { EvidenceDrawer } from "./EvidenceDrawer";
import { PointCards, PointTable } from "./PointRows";
import { usePoints } from "./queries";
import { words } from "./words";

type Filter = PointStatus | "all";
const STATUSES: PointStatus[] = ["open", "confirmed", "not_found", "not_applicable"];

/** The enterprise's hazard points, most probable first; one opens its evidence beside the list. */
export function HazardPoints({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const s = useWords(shared);
  const phone = usePhone();
  const points = usePoints(enterpriseId);
  const [filter, setFilter] = useState<Filter>("all");
  const [search, setSearch] = useSearchParams();
  const openId = search.get("point");

  const select = (id: string | null) => {
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (id) after.set("point", id);
        else after.delete("point");
        return after;
      },
      { replace: openId !== null, preventScrollReset: true },
    );
  };
  const count = (status: PointStatus) => points.data?.filter((point) => point.status === status).length ?? 0;
  const show = (rows: PointRow[]) => {
    if (rows.length === 0) return <EmptyState text={t("none")} />;
    const chosen = filter === "all" ? rows : rows.filter((row) => row.status === filter);
    if (chosen.length === 0) return <EmptyState text={t("noneIn")} />;
    const Rows = phone ? PointCards : PointTable;
    return <Rows rows={chosen} openId={openId} onOpen={(row) => select(String(row.id))} />;
  };
  return (
    <section className="panel" aria-labelledby="points-title">
      <div className="panel-head">
        <h2 id="points-title">{t("points")}</h2>
        <span className="muted">{t("pointsLead")}</span>
        <div className="panel-tools">
          <Segmented<Filter>
            aria-label={t("statusFilter")}
            size="small"
            value={filter}
            onChange={setFilter}
            options={[
              { value: "all", label: `${s("all")} ${points.data?.length ?? ""}` },
              ...STATUSES.map((status) => ({
                value: status,
                label: `${t(status)} ${count(status) || ""}`.trim(),
              })),
            ]}
          />
        </div>
      </div>
      <Loaded of={points} rows={8}>
        {show}
      </Loaded>
      <EvidenceDrawer pointId={openId} enterpriseId={enterpriseId} onClose={() => select(null)} />
    </section>
  );
}
