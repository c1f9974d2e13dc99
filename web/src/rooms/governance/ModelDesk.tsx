import { Tabs } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { FacetModels } from "@/app/types";
import { CardDrawer } from "./CardDrawer";
import { ChangeDialog } from "./ChangeDialog";
import { ComparePanel } from "./ComparePanel";
import { OverTime } from "./OverTime";
import { type Change, useModels } from "./queries";
import { TrainingPanel } from "./TrainingPanel";
import { VersionTable } from "./VersionTable";
import { words } from "./words";

/** The coders of each facet: what they learned from, how well they do, and which one is at work. */
export default function ModelDesk() {
  const t = useWords(words);
  const pick = usePick();
  const found = useModels();
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("title")}</h1>
        {found.data?.some((one) => one.synthetic) && <SyntheticTag />}
        <span className="muted desk-lead">{t("lead")}</span>
        <span className="desk-links">
          <Link to="/cases">{t("caseDesk")}</Link>
        </span>
      </div>
      <Loaded of={found} rows={10}>
        {(facets) => {
          const shown = facets.find((one) => one.facet === chosen) ?? facets[0];
          if (!shown) return <EmptyState text={t("none")} />;
          return (
            <>
              <Tabs
                activeKey={shown.facet}
                onChange={setChosen}
                items={facets.map((one) => ({
                  key: one.facet,
                  label: pick({ name_zh: one.facet_zh, name_en: one.facet_en }, "name"),
                }))}
              />
              <FacetDesk key={shown.facet} models={shown} />
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function FacetDesk({ models }: { models: FacetModels }) {
  const [change, setChange] = useState<Change | null>(null);
  const [card, setCard] = useState<number | null>(null);
  return (
    <div className="model-grid">
      <TrainingPanel models={models} />
      <VersionTable models={models} onChange={setChange} onCard={setCard} />
      <ComparePanel versions={models.versions} />
      <OverTime facet={models.facet} />
      <CardDrawer id={card} onClose={() => setCard(null)} />
      {change && <ChangeDialog change={change} onClose={() => setChange(null)} />}
    </div>
  );
}
