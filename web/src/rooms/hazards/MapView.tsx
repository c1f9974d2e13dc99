import { Button, Segmented } from "antd";
import { registerMap } from "echarts/core";
import { useMemo, useState } from "react";
import { Chart } from "@/app/Chart";
import { usePhone } from "@/app/device";
import { usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { HazardMap } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { useRegionMap } from "@/rooms/profiles/queries";
import { type MapTexts, placesOption, spotsOption } from "./mapOption";
import { LevelMark } from "./marks";
import { type HazardFilter, useHazardMap } from "./queries";
import { words } from "./words";

interface MapProps {
  filter: HazardFilter;
  onOpen: (id: number) => void;
  onChange: (part: Partial<HazardFilter>) => void;
}

function useTexts(): MapTexts {
  const t = useWords(words);
  const pick = usePick();
  return useMemo(
    () => ({
      open: (count) => t("openN", { n: count }),
      late: (count) => t("nOverdue", { n: count }),
      lateOne: t("overdue"),
      title: (spot) => pick(spot, "title"),
    }),
    [t, pick],
  );
}

/** Open hazards by enterprise on the region's map; of one enterprise on its plans. */
export function MapView({ filter, onOpen, onChange }: MapProps) {
  const t = useWords(words);
  const region = useMay("region.read");
  const map = useHazardMap(filter);
  const one = filter.enterprise_id !== "" || !region;
  return (
    <section className="panel" aria-labelledby="hazard-map">
      <div className="panel-head">
        <h2 id="hazard-map">{one ? t("mapEnterprise") : t("mapRegion")}</h2>
        {!one && <span className="muted">{t("mapHint")}</span>}
        {one && region && <Button onClick={() => onChange({ enterprise_id: "" })}>{t("mapOut")}</Button>}
      </div>
      <Loaded of={map} rows={12}>
        {(found) => (
          <>
            <p className="muted num">{t("mapPlaced", { open: found.open, placed: found.placed })}</p>
            {found.spots.length > 0 ? (
              <Spots found={found} onOpen={onOpen} />
            ) : found.places.length > 0 ? (
              <Places found={found} onPick={(id) => onChange({ enterprise_id: String(id) })} />
            ) : (
              <EmptyState text={t("mapNone")} />
            )}
            <ul className="colour-legend map-legend">
              {(["major", "high", "medium", "low"] as const).map((level) => (
                <li key={level}>
                  <LevelMark level={level} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}

const REGION = "hazard-region";

function Places({ found, onPick }: { found: HazardMap; onPick: (id: number) => void }) {
  const t = useWords(words);
  const phone = usePhone();
  const texts = useTexts();
  const districts = useRegionMap().data?.districts;
  const option = useMemo(() => {
    if (!districts || districts.features.length === 0) return placesOption(found.places, texts, null);
    registerMap(REGION, JSON.stringify(districts));
    return placesOption(found.places, texts, REGION);
  }, [found, districts, texts]);
  const late = found.places.filter((place) => place.overdue > 0).length;
  return (
    <Chart
      option={option}
      height={phone ? 320 : 560}
      label={t("mapLabel", { open: found.open, late })}
      onPick={(picked) => {
        const id = (picked as { id?: number } | undefined)?.id;
        if (id) onPick(id);
      }}
    />
  );
}

function Spots({ found, onOpen }: { found: HazardMap; onOpen: (id: number) => void }) {
  const t = useWords(words);
  const phone = usePhone();
  const texts = useTexts();
  const plans = [
    ...new Set(
      found.spots
        .filter((spot) => spot.x !== null && spot.plan_id !== null)
        .map((spot) => spot.plan_id as number),
    ),
  ];
  const placed = found.spots.some((spot) => spot.lat !== null);
  const [chosen, setChosen] = useState<number | null>(null);
  const at = chosen ?? plans[0] ?? 0;
  const spots = found.spots.filter((spot) =>
    at ? spot.plan_id === at && spot.x !== null : spot.lat !== null,
  );
  const option = useMemo(() => spotsOption(spots, at !== 0, texts), [spots, at, texts]);
  const late = spots.filter((spot) => spot.overdue).length;
  return (
    <>
      {plans.length + Number(placed) > 1 && (
        <Segmented
          value={at}
          onChange={(next) => setChosen(Number(next))}
          options={[
            ...plans.map((plan, index) => ({ value: plan, label: t("onPlan", { n: index + 1 }) })),
            ...(placed ? [{ value: 0, label: t("onEarth") }] : []),
          ]}
        />
      )}
      <div className="hazard-plan">
        {at !== 0 && <img src={`/api/places/plans/${at}/image`} alt="" />}
        <div className={at !== 0 ? "hazard-plan-marks" : undefined}>
          <Chart
            option={option}
            height={at !== 0 ? "100%" : phone ? 320 : 560}
            label={t("mapLabel", { open: spots.length, late })}
            onPick={(picked) => {
              const id = (picked as { id?: number } | undefined)?.id;
              if (id) onOpen(id);
            }}
          />
        </div>
      </div>
    </>
  );
}
