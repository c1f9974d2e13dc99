import { Button, Input, Segmented } from "antd";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { usePhone } from "@/app/device";
import { useWords } from "@/app/i18n";
import { EmptyState } from "@/app/states";
import { clock, Spark, StateForm, StateMark, useAreaNames, useName, useReading } from "./marks";
import { type SensorState, STATES } from "./state";
import type { Channel } from "./types";
import { words } from "./words";

const STEP = 40;

interface SensorListProps {
  enterpriseId: string;
  channels: Channel[];
  /** The sensors of the plan that is shown; null where there is but one. */
  scene: Channel[] | null;
  total: number;
  states: Map<number, SensorState>;
  sparks: Map<number, (number | null)[]>;
  /** The past moment that is shown. */
  then: string | null;
}

/** The same as the plan, as a list: the gravest first, with value, unit, the last hour and the time. */
export function SensorList(props: SensorListProps) {
  const { enterpriseId, channels, scene, total, states, sparks, then } = props;
  const t = useWords(words);
  const name = useName();
  const phone = usePhone();
  const areas = useAreaNames(enterpriseId);
  const [scope, setScope] = useState<"scene" | "all">(phone ? "all" : "scene");
  const chosen = scope === "scene" && scene ? scene : channels;
  const [only, setOnly] = useState<SensorState | null>(null);
  const [typed, setTyped] = useState("");
  const [most, setMost] = useState(STEP);
  const counts = useMemo(() => {
    const found = new Map<SensorState, number>();
    for (const { id, closed } of chosen) {
      const state = states.get(id);
      if (state && !closed) found.set(state, (found.get(state) ?? 0) + 1);
    }
    return found;
  }, [chosen, states]);
  const areaOf = (channel: Channel) =>
    (channel.area_id !== null && areas.get(channel.area_id)) || channel.area || "";
  const wanted = typed.trim().toLowerCase();
  const rows = chosen
    .filter((channel) => !channel.closed)
    .map((channel) => ({ channel, state: states.get(channel.id) ?? ("normal" as const) }))
    .filter(({ state }) => !only || state === only)
    .filter(
      ({ channel }) =>
        !wanted || `${name(channel)} ${channel.key} ${areaOf(channel)}`.toLowerCase().includes(wanted),
    )
    .sort(
      (a, b) =>
        STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.channel.key.localeCompare(b.channel.key),
    );
  return (
    <section className="panel" aria-labelledby="live-sensors">
      <div className="panel-head">
        <h2 id="live-sensors">{t("sensors")}</h2>
        <span className="muted num">{t("count", { n: rows.length })}</span>
        {then && <span className="num strong">{t("listThen", { time: clock(then) })}</span>}
        {total > channels.length && (
          <span className="muted">{t("more", { n: channels.length, all: total })}</span>
        )}
        {scene && (
          <Segmented
            className="live-scope"
            size="small"
            aria-label={t("scope")}
            value={scope}
            onChange={setScope}
            options={[
              { value: "scene", label: t("ofScene") },
              { value: "all", label: t("ofAll") },
            ]}
          />
        )}
      </div>
      <fieldset className="sensor-filter">
        <legend className="visually-hidden">{t("filter")}</legend>
        <button
          type="button"
          className="sensor-chip"
          aria-pressed={only === null}
          onClick={() => setOnly(null)}
        >
          {t("all")}
        </button>
        {STATES.filter((state) => counts.get(state)).map((state) => (
          <button
            key={state}
            type="button"
            className="sensor-chip"
            aria-pressed={only === state}
            onClick={() => setOnly(only === state ? null : state)}
          >
            <svg viewBox="-14 -14 28 28" width="14" height="14" aria-hidden="true">
              <StateForm state={state} />
            </svg>
            {t(state)} <span className="num">{counts.get(state)}</span>
          </button>
        ))}
      </fieldset>
      <Input
        allowClear
        value={typed}
        placeholder={t("find")}
        aria-label={t("find")}
        onChange={(event) => setTyped(event.target.value)}
      />
      {rows.length === 0 ? (
        <EmptyState text={t("noneFound")} />
      ) : (
        <ul className={phone ? "sensor-list" : "sensor-list sensor-scroll"}>
          {rows.slice(0, most).map(({ channel, state }) => (
            <SensorRow
              key={channel.id}
              channel={channel}
              state={state}
              area={areaOf(channel)}
              mean={sparks.get(channel.id)}
            />
          ))}
        </ul>
      )}
      {rows.length > most && (
        <Button block onClick={() => setMost(most + STEP)}>
          {t("showMore", { n: Math.min(STEP, rows.length - most) })}
        </Button>
      )}
    </section>
  );
}

interface SensorRowProps {
  channel: Channel;
  state: SensorState;
  area: string;
  mean: (number | null)[] | undefined;
}

function SensorRow({ channel, state, area, mean }: SensorRowProps) {
  const name = useName();
  const reading = useReading();
  return (
    <li>
      <Link to={`/live/channels/${channel.id}`} className={`sensor-row sensor-row-${state}`}>
        <strong>{name(channel)}</strong>
        <span className="sensor-value num">{reading(channel)}</span>
        <span className="sensor-sub">
          <StateMark state={state} />
          <span className="muted">{area}</span>
        </span>
        <span className="sensor-trend">
          <Spark channel={channel} mean={mean} />
          <span className="muted num">{clock(channel.last_at)}</span>
        </span>
      </Link>
    </li>
  );
}
