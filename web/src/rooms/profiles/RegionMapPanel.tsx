import { registerMap } from "echarts/core";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { Chart } from "@/app/Chart";
import { usePhone } from "@/app/device";
import { useLanguage, useWords } from "@/app/i18n";
import { COLOURS, RiskShape } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { RegionMap } from "@/app/types";
import { words as shared } from "@/app/words";
import { curveOption, type MarkedEnterprise, mapOption } from "./mapOption";
import { RISKIEST, useRegionMap, useRiskiest } from "./queries";
import { words } from "./words";

const MAP_NAME = "region";

/** The four-colour map; where the records hold no places, the riskiest enterprises by score. */
export function RegionMapPanel() {
  const t = useWords(words);
  const map = useRegionMap();
  const unplaced = map.data?.points.length === 0;
  const riskiest = useRiskiest(unplaced);
  return (
    <section className="panel map-panel" aria-labelledby="map-title">
      <div className="panel-head">
        <h2 id="map-title">{unplaced ? t("curve") : t("map")}</h2>
        <span className="muted">{unplaced ? t("curveWhy", { n: RISKIEST }) : t("mapHint")}</span>
      </div>
      {unplaced ? (
        <Loaded of={riskiest} rows={12}>
          {(page) => <Marks enterprises={page.items} />}
        </Loaded>
      ) : (
        <Loaded of={map} rows={12}>
          {(data) => <Marks enterprises={data.points} districts={data.districts} />}
        </Loaded>
      )}
    </section>
  );
}

interface MarksProps {
  enterprises: MarkedEnterprise[];
  districts?: RegionMap["districts"];
}

function Marks({ enterprises, districts }: MarksProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const phone = usePhone();
  const navigate = useNavigate();
  const counts = useMemo(() => {
    const tally = { red: 0, orange: 0, yellow: 0, blue: 0 };
    for (const { colour } of enterprises) if (colour) tally[colour] += 1;
    return tally;
  }, [enterprises]);
  const option = useMemo(() => {
    const texts = {
      score: t("score"),
      level: (colour: MarkedEnterprise["colour"]) => (colour ? s(`${colour}Full`) : s("unrated")),
    };
    if (!districts) return curveOption(enterprises, texts);
    if (districts.features.length === 0) return mapOption(null, enterprises, [], texts, language);
    registerMap(MAP_NAME, JSON.stringify(districts));
    return mapOption(MAP_NAME, enterprises, districts.features, texts, language);
  }, [enterprises, districts, t, s, language]);
  if (enterprises.length === 0) return <EmptyState text={t("mapEmpty")} />;
  return (
    <>
      <Chart
        option={option}
        height={phone ? 300 : 560}
        label={t("mapLabel", { n: enterprises.length, ...counts })}
        onPick={(picked) => {
          const id = (picked as { id?: string } | undefined)?.id;
          if (id) navigate(`/enterprises/${encodeURIComponent(id)}`);
        }}
      />
      <ul className="colour-legend map-legend">
        {COLOURS.map((colour) => (
          <li key={colour}>
            <RiskShape colour={colour} />
            {s(`${colour}Full`)}
          </li>
        ))}
      </ul>
    </>
  );
}
