import { HistoryOutlined } from "@ant-design/icons";
import { Alert, Button, Checkbox, Segmented, Select } from "antd";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { useErrorText } from "@/app/states";
import type { PlacesOf } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { AlarmPanel } from "./AlarmPanel";
import { cellPaths, gridStep, type Scene, scenesOf, spotsOf, unplaced } from "./geometry";
import { Legend } from "./Legend";
import { useName } from "./marks";
import { PeoplePanel } from "./PeoplePanel";
import { PlacePicker } from "./PlacePicker";
import { PlanBoard } from "./PlanBoard";
import { type Past, useLeaksShown, usePast } from "./past";
import { type Asked, usePresent, useRiskMap, useSparks, useStorms } from "./queries";
import { type Moment, ReplayBar } from "./ReplayBar";
import { RiskAreas } from "./RiskAreas";
import { SensorList } from "./SensorList";
import { type SensorState, stateOf } from "./state";
import type { Channel, RiskFrame, RiskMap } from "./types";
import { useNow } from "./useNow";
import { WhyDrawer } from "./WhyDrawer";
import { words } from "./words";

const NEAR = 0.024; // of the plan's width: what is nearer shares a mark,
const NEAR_PHONE = 0.07; // which on a phone is as large as before on a smaller plan

interface LiveSiteProps {
  id: string;
  places: PlacesOf;
  channels: Channel[];
  total: number;
}

export type Layer = "risk" | "sensors" | "people";
const LAYERS: Layer[] = ["risk", "sensors", "people"];
const LAYER_WORDS = { risk: "layerRisk", sensors: "layerSensors", people: "layerPeople" } as const;

/** The plan with all that lies on it, the alarms, and the same as a list. */
export function LiveSite({ id, places, channels, total }: LiveSiteProps) {
  const t = useWords(words);
  const phone = usePhone();
  const [view, setView] = useState<"plan" | "list">("list");
  const states = useStates(id, channels);
  const sparks = useSparks(id);
  const bySpark = useMemo(
    () => new Map((sparks.data?.items ?? []).map((spark) => [spark.channel_id, spark.mean])),
    [sparks.data],
  );
  const [search] = useSearchParams();
  // Kept here: the plan comes and goes where a window changes its width.
  const [replaying, setReplaying] = useState(false);
  const [then, setThen] = useState<Moment | null>(null);
  const past = usePast(id, channels, then);
  const shown = past?.channels ?? channels;
  const scenes = useMemo(() => scenesOf(places, shown), [places, shown]);
  const scene = scenes.find((one) => one.key === search.get("scene")) ?? scenes[0];
  const list = (
    <SensorList
      enterpriseId={id}
      channels={shown}
      scene={scenes.length > 1 ? (scene?.channels ?? null) : null}
      total={total}
      states={past?.states ?? states}
      sparks={past?.sparks ?? bySpark}
      then={past && then ? then.frame.at : null}
    />
  );
  const plan = scene && (
    <PlanPanel
      id={id}
      places={places}
      scenes={scenes}
      scene={scene}
      states={past?.states ?? states}
      sparks={past?.sparks ?? bySpark}
      then={then}
      past={past}
      replaying={replaying}
      onThen={setThen}
      onReplaying={setReplaying}
    />
  );
  if (phone)
    return (
      <div className="stack">
        <Segmented
          block
          aria-label={t("view")}
          value={view}
          onChange={(chosen: "plan" | "list") => {
            setView(chosen);
            setReplaying(false); // its bar goes with the plan
            setThen(null);
          }}
          options={[
            { value: "list", label: t("asList") },
            { value: "plan", label: t("asPlan") },
          ]}
        />
        {view === "plan" && plan}
        <AlarmPanel enterpriseId={id} />
        {view === "list" && list}
        <PeoplePanel enterpriseId={id} />
      </div>
    );
  return (
    <div className="live-grid">
      <div className="stack">
        {plan}
        <PeoplePanel enterpriseId={id} />
      </div>
      <div className="stack">
        <AlarmPanel enterpriseId={id} />
        {list}
      </div>
    </div>
  );
}

function useStates(id: string, channels: Channel[]): Map<number, SensorState> {
  const now = useNow();
  const storms = useStorms(id).data;
  return useMemo(() => {
    const alarms = new Map((storms?.by_channel ?? []).map((alarm) => [alarm.channel_id, alarm]));
    return new Map(channels.map((channel) => [channel.id, stateOf(channel, alarms.get(channel.id), now)]));
  }, [channels, storms, now]);
}

interface PlanPanelProps {
  id: string;
  places: PlacesOf;
  scenes: Scene[];
  scene: Scene;
  states: Map<number, SensorState>;
  sparks: Map<number, (number | null)[]>;
  then: Moment | null;
  past: Past | null;
  replaying: boolean;
  onThen: (then: Moment | null) => void;
  onReplaying: (replaying: boolean) => void;
}

function PlanPanel(props: PlanPanelProps) {
  const { id, places, scenes, scene, states, sparks, then, past, replaying } = props;
  const { onThen: setThen, onReplaying: setReplaying } = props;
  const t = useWords(words);
  const phone = usePhone();
  const mayPlace = useMay("sensing.manage");
  const [, setSearch] = useSearchParams();
  const [layers, setLayers] = useState<Layer[]>(LAYERS);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [placing, setPlacing] = useState<Channel | null>(null);
  const leaks = useLeaksShown(id, then).filter((leak) => leak.plan === scene.plan?.id);
  const spots = useMemo(
    () => spotsOf(scene, places.areas, phone ? NEAR_PHONE : NEAR),
    [scene, places.areas, phone],
  );
  const risk = useRiskMap(id, scene.plan?.id ?? null);
  const present = usePresent(id).data;
  const title = useSceneName();
  const ofPlan = risk.data && scene.plan && risk.data.plan?.id === scene.plan.id ? risk.data : null;
  const shown = ofPlan && cellsOf(ofPlan, then?.frame ?? null);
  const areas = places.areas.filter((area) => scene.plan && area.plan_id === scene.plan.id);
  const missing = unplaced(scene, spots);
  return (
    <section className="panel" aria-labelledby="live-plan">
      <div className="panel-head">
        <h2 id="live-plan" className={scenes.length > 1 ? "visually-hidden" : undefined}>
          {title(scene)}
        </h2>
        {scenes.length > 1 && (
          <Select
            className="live-scene"
            aria-label={t("chooseScene")}
            value={scene.key}
            onChange={(key: string) => {
              setAsked(null);
              setPlacing(null);
              setReplaying(false);
              setThen(null);
              setSearch((before) => {
                const after = new URLSearchParams(before);
                after.set("scene", key);
                return after;
              });
            }}
            options={scenes.map((one) => ({
              value: one.key,
              label: `${title(one)} · ${one.channels.length}`,
            }))}
          />
        )}
        <Checkbox.Group
          className="live-layers"
          aria-label={t("layers")}
          value={layers}
          onChange={(chosen) => setLayers(chosen as Layer[])}
          options={LAYERS.map((layer) => ({ value: layer, label: t(LAYER_WORDS[layer]) }))}
        />
        {places.synthetic && <SyntheticTag />}
        <span className="panel-tools live-tools">
          {mayPlace && scene.box && !replaying && (
            <PlacePicker
              channels={[...scene.channels, ...(scenes.find((one) => one.key === "area-0")?.channels ?? [])]}
              chosen={placing}
              onChoose={setPlacing}
            />
          )}
          {scene.plan && ofPlan && !placing && (
            <Button
              size="small"
              icon={<HistoryOutlined aria-hidden />}
              aria-pressed={replaying}
              onClick={() => {
                setReplaying(!replaying);
                setThen(null);
              }}
            >
              {t(replaying ? "replayBack" : "replay")}
            </Button>
          )}
        </span>
      </div>
      {replaying && scene.plan && (
        <ReplayBar
          id={id}
          plan={scene.plan.id}
          then={then}
          waiting={then !== null && past === null}
          onMoment={setThen}
        />
      )}
      <PlanBoard
        scene={scene}
        areas={areas}
        spots={layers.includes("sensors") ? spots : []}
        states={states}
        sparks={sparks}
        leaks={layers.includes("risk") ? leaks : []}
        cells={layers.includes("risk") ? shown : null}
        people={layers.includes("people") && !then ? (present?.areas ?? []) : []}
        placing={placing}
        onCell={(cell) =>
          scene.plan && setAsked({ plan: scene.plan.id, cell, ...(then && { at: then.frame.at }) })
        }
        onPlaced={() => setPlacing(null)}
      />
      <PlanNotes
        scene={scene}
        missing={missing}
        risk={scene.plan ? risk.error : null}
        placing={placing !== null}
      />
      <Legend bands={ofPlan?.bands ?? null} leaks={leaks.length > 0} />
      {ofPlan && (
        <RiskAreas areas={ofPlan.areas} bands={ofPlan.bands} frame={then?.frame ?? null} onWhy={setAsked} />
      )}
      <WhyDrawer
        id={id}
        asked={asked}
        bands={ofPlan?.bands ?? []}
        areas={places.areas}
        onClose={() => setAsked(null)}
      />
    </section>
  );
}

export interface Cells {
  columns: number;
  rows: number;
  levels: number[];
  paths: Map<number, string>;
  unknown: string;
  bands: RiskMap["bands"];
}

function cellsOf(map: RiskMap, frame: RiskFrame | null): Cells | null {
  const levels = frame ? frame.levels : map.levels;
  if (levels.length === 0) return null;
  const unknown = frame
    ? ""
    : map.unknown_cells
        .map((cell) => `M${cell % map.columns} ${Math.floor(cell / map.columns)}h1v1h-1z`)
        .join("");
  return {
    columns: map.columns,
    rows: map.rows,
    levels,
    paths: cellPaths(levels, map.columns),
    unknown,
    bands: map.bands,
  };
}

export function useSceneName() {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  return (scene: Scene) => {
    if (scene.plan) return either(scene.plan.name, scene.plan.name_en);
    return t("sketch", { name: scene.area ? pick(scene.area, "name") : t("noArea") });
  };
}

interface PlanNotesProps {
  scene: Scene;
  missing: Channel[];
  risk: unknown;
  placing: boolean;
}

function PlanNotes({ scene, missing, risk, placing }: PlanNotesProps) {
  const t = useWords(words);
  const name = useName();
  const why = useErrorText();
  const { language } = useLanguage();
  const how = scene.plan
    ? scene.box
      ? t("boardHint")
      : t("notMeasured")
    : scene.box
      ? t("sketchWhy", { m: number(gridStep(scene.box.wide), language) })
      : t("sketchBlind");
  return (
    <>
      <p className="muted plan-hint">{placing ? t("placeHint") : how}</p>
      {Boolean(risk) && <Alert type="warning" showIcon title={t("riskFailed", { why: why(risk) })} />}
      {missing.length > 0 && (
        <p className="muted plan-hint">
          {t("unplaced", { n: missing.length })} {missing.slice(0, 6).map(name).join(" · ")}
          {missing.length > 6 && ` ${t("andMore", { n: missing.length - 6 })}`}
        </p>
      )}
    </>
  );
}
