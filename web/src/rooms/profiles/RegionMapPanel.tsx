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
import { curveOption, mapOption } from "./mapOption";
import { useRegionMap } from "./queries";
import { words } from "./words";

const MAP_NAME = "region";

export function RegionMapPanel() {
  const t = useWords(words);
  const map = useRegionMap();
  const hasDistricts = (map.data?.districts?.features.length ?? 0) > 0;
  return (
    <section className="panel map-panel" aria-labelledby="map-title">
      <div className="panel-head">
        <h2 id="map-title">{map.data && !hasDistricts ? t("curve") : t("map")}</h2>
        <span className="muted">{map.data && !hasDistricts ? t("curveWhy") : t("mapHint")}</span>
      </div>
      <Loaded of={map} rows={12}>
        {(data) =>
          data.points.length === 0 ? <EmptyState text={t("mapEmpty")} /> : <MapChart data={data} />
        }
      </Loaded>
    </section>
  );
}

function MapChart({ data }: { data: RegionMap }) {
  const t = useWords(words);
  const s = useWords(shared);
  const { language } = useLanguage();
  const phone = usePhone();
  const navigate = useNavigate();
  const counts = useMemo(() => {
    const tally = { red: 0, orange: 0, yellow: 0, blue: 0 };
    for (const point of data.points) tally[point.colour] += 1;
    return tally;
  }, [data]);
  const option = useMemo(() => {
    const texts = {
      score: t("score"),
      high: s("highFull"),
      level: (colour: keyof typeof counts) => s(`${colour}Full`),
    };
    if (!data.districts?.features.length) return curveOption(data.points, texts);
    registerMap(MAP_NAME, JSON.stringify(data.districts));
    return mapOption(MAP_NAME, data, texts, language);
  }, [data, t, s, language]);
  return (
    <>
      <Chart
        option={option}
        height={phone ? 300 : 560}
        label={t("mapLabel", { n: data.points.length, ...counts })}
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
