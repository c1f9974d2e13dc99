import { App } from "antd";
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { useErrorText } from "@/app/states";
import type { Place } from "@/app/types";
import { middle } from "@/rooms/places/outline";
import { gridStep, type Scene, type Share, type Spot, toMetres, toShare } from "./geometry";
import { LeakShapes } from "./LeakShapes";
import type { Cells } from "./LiveSite";
import { StateForm, useLevelName, useName, useReading } from "./marks";
import type { Leak } from "./past";
import { usePlaceSensor } from "./queries";
import { SpotCard } from "./SpotCard";
import { gravest, isCalm, type SensorState } from "./state";
import type { Channel, PeoplePresent } from "./types";
import { words } from "./words";

const WIDE = 1000;
const TABBED = 60; // with more marks only those that ask for eyes are reached by Tab; the list has them all
const STEP = 0.01;
const FAR = 0.05;
const ARROWS: Record<string, Share> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface PlanBoardProps {
  scene: Scene;
  areas: Place[];
  spots: Spot[];
  states: Map<number, SensorState>;
  sparks: Map<number, (number | null)[]>;
  cells: Cells | null;
  leaks: Leak[];
  people: PeoplePresent["areas"];
  /** The sensor whose place is being set; clicks then mean its place. */
  placing: Channel | null;
  onCell: (cell: number) => void;
  onPlaced: () => void;
}

/** Plan or sketch with risk, areas, people and sensors. */
export function PlanBoard(props: PlanBoardProps) {
  const { scene, areas, spots, states, sparks, cells, leaks, people, placing, onCell, onPlaced } = props;
  const t = useWords(words);
  const title = usePick();
  const phone = usePhone();
  const [shown, setShown] = useState<Spot | null>(null);
  const height = WIDE * scene.ratio;
  const scale = phone ? 2.3 : 1;
  const name = scene.plan ? title({ name_zh: scene.plan.name, name_en: scene.plan.name_en }, "name") : "";
  const cellAt = (event: MouseEvent<SVGElement>) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (!box || !cells) return;
    const column = Math.floor(((event.clientX - box.left) / box.width) * cells.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * cells.rows);
    if (column >= 0 && row >= 0 && column < cells.columns && row < cells.rows)
      onCell(row * cells.columns + column);
  };
  return (
    <div className="live-board" style={{ aspectRatio: `${WIDE} / ${height}` }}>
      {scene.plan && <img src={scene.plan.image} alt="" draggable={false} />}
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing whose marks are buttons has no element of its own */}
      <svg
        viewBox={`0 0 ${WIDE} ${height}`}
        role="group"
        aria-label={scene.plan ? t("planOf", { name, n: scene.channels.length }) : t("plan")}
      >
        {!scene.plan && scene.box && <Grid scene={scene} height={height} />}
        {cells && (
          // biome-ignore lint/a11y/noStaticElementInteractions: keys go to the cursor of cells
          <g
            className="live-cells"
            transform={`scale(${WIDE / cells.columns} ${height / cells.rows})`}
            onClick={placing ? undefined : cellAt}
          >
            <CellShapes cells={cells} />
          </g>
        )}
        {areas.map((area) => (
          <AreaShape key={area.id} area={area} height={height} scale={scale} />
        ))}
        {scene.box && <LeakShapes leaks={leaks} box={scene.box} wide={WIDE} height={height} scale={scale} />}
        {cells && !placing && <CellCursor cells={cells} height={height} onCell={onCell} />}
        {people.map((count) => {
          const area = areas.find((one) => one.id === count.area_id);
          const at = area && middle(area.outline);
          return (
            at && (
              <PeopleMark
                key={count.area_id}
                at={[at[0], at[1]]}
                height={height}
                scale={scale}
                people={count.people}
                area={title(area, "name")}
              />
            )
          );
        })}
        {spots.map((spot) => (
          <SensorMark
            key={spot.key}
            spot={spot}
            states={states}
            height={height}
            scale={scale}
            tabbed={spots.length <= TABBED}
            quiet={placing !== null}
            onShow={setShown}
          />
        ))}
        {placing && scene.box && (
          <Placing key={placing.id} channel={placing} scene={scene} height={height} onPlaced={onPlaced} />
        )}
      </svg>
      {shown && spots.includes(shown) && <SpotCard spot={shown} states={states} sparks={sparks} />}
    </div>
  );
}

function CellShapes({ cells }: { cells: Cells }) {
  const hatch = useId();
  return (
    <>
      <defs>
        <pattern id={hatch} width="0.5" height="0.5" patternUnits="userSpaceOnUse">
          <path d="M0 0.5L0.5 0" stroke="#3d4a4d" strokeWidth="0.09" />
        </pattern>
      </defs>
      {cells.bands.map((band) => {
        const path = cells.paths.get(band.level);
        return path && band.level > 0 ? (
          <path key={band.level} d={path} fill={band.hex} className={`live-cell live-cell-${band.level}`} />
        ) : null;
      })}
      {cells.paths.get(0) && <path d={cells.paths.get(0)} fill="transparent" />}
      {cells.unknown && <path d={cells.unknown} fill={`url(#${hatch})`} />}
    </>
  );
}

interface CellCursorProps {
  cells: Cells;
  height: number;
  onCell: (cell: number) => void;
}

/** One cell that has the focus: arrow keys move it, Enter asks why. It begins at the gravest. */
function CellCursor({ cells, height, onCell }: CellCursorProps) {
  const t = useWords(words);
  const levelName = useLevelName(cells.bands);
  const { columns, rows, levels } = cells;
  const [moved, setMoved] = useState<number | null>(null);
  const worst = Math.min(...levels.filter((level) => level > 0));
  const at = moved ?? Math.max(0, levels.indexOf(worst));
  const [row, column] = [Math.floor(at / columns), at % columns];
  const key = (event: KeyboardEvent) => {
    const way = ARROWS[event.key];
    if (event.key === "Enter" || event.key === " ") onCell(at);
    else if (way) {
      const far = event.shiftKey ? 5 : 1;
      const to = (from: number, by: number, most: number) => Math.min(most - 1, Math.max(0, from + by * far));
      setMoved(to(row, way[1], rows) * columns + to(column, way[0], columns));
    } else return;
    event.preventDefault();
  };
  const [w, h] = [WIDE / columns, height / rows];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a part of a drawing can't be a button element
    <rect
      className="live-cursor"
      role="button"
      tabIndex={0}
      aria-label={t("cellLabel", {
        row: row + 1,
        column: column + 1,
        level: levelName(levels[at] ?? 0),
      })}
      x={column * w}
      y={row * h}
      width={w}
      height={h}
      onKeyDown={key}
      onClick={() => onCell(at)}
    />
  );
}

function Grid({ scene, height }: { scene: Scene; height: number }) {
  const box = scene.box;
  if (!box) return null;
  const step = gridStep(box.wide);
  const lines = (from: number, length: number) => {
    const first = Math.ceil(from / step) * step;
    return Array.from({ length: Math.floor((from + length - first) / step) + 1 }, (_, n) => first + n * step);
  };
  return (
    <g className="live-grid-lines">
      {lines(box.left, box.wide).map((x) => {
        const at = toShare(box, x, 0)[0] * WIDE;
        return <path key={x} d={`M${at} 0V${height}`} />;
      })}
      {lines(box.bottom, box.high).map((y) => {
        const at = toShare(box, 0, y)[1] * height;
        return <path key={y} d={`M0 ${at}H${WIDE}`} />;
      })}
    </g>
  );
}

function AreaShape({ area, height, scale }: { area: Place; height: number; scale: number }) {
  const pick = usePick();
  if (area.outline.length < 3) return null;
  const points = area.outline.map(([x, y]) => `${x * WIDE},${y * height}`).join(" ");
  const left = Math.min(...area.outline.map(([x]) => x)) * WIDE;
  const top = Math.min(...area.outline.map(([, y]) => y)) * height;
  return (
    <g className={area.closed ? "live-area live-area-closed" : "live-area"}>
      <polygon points={points} />
      <text x={left + 8} y={top + 18 * Math.min(scale, 1.6)} fontSize={15 * Math.min(scale, 1.7)}>
        {pick(area, "name")}
      </text>
    </g>
  );
}

interface PeopleMarkProps {
  at: Share;
  height: number;
  scale: number;
  people: number;
  area: string;
}

function PeopleMark({ at, height, scale, people, area }: PeopleMarkProps) {
  const t = useWords(words);
  return (
    <g
      className="live-people"
      transform={`translate(${at[0] * WIDE} ${at[1] * height - 26 * scale}) scale(${scale})`}
    >
      <title>{t("peopleHere", { area, n: people })}</title>
      <rect x="-24" y="-13" width="48" height="26" rx="13" />
      <path d="M-11 -6.5a3.6 3.6 0 1 1 -0.01 0M-17 8.5a6.2 6.2 0 0 1 12.4 0z" />
      <text x="8" y="1">
        {people}
      </text>
    </g>
  );
}

interface SensorMarkProps {
  spot: Spot;
  states: Map<number, SensorState>;
  height: number;
  scale: number;
  tabbed: boolean;
  quiet: boolean;
  onShow: (spot: Spot | null) => void;
}

function SensorMark({ spot, states, height, scale, tabbed, quiet, onShow }: SensorMarkProps) {
  const t = useWords(words);
  const name = useName();
  const reading = useReading();
  const navigate = useNavigate();
  const [first] = spot.channels;
  if (!first) return null;
  const own = spot.channels.map((channel) => states.get(channel.id) ?? "normal");
  const state = gravest(own);
  const worst = spot.channels[own.indexOf(state)] ?? first;
  const many = spot.channels.length > 1;
  const open = () => void navigate(`/live/channels/${worst.id}`);
  const label = many
    ? t("groupLabel", { n: spot.channels.length, name: name(worst), state: t(state) })
    : t("markLabel", { name: name(first), state: t(state), value: reading(first) });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a part of a drawing can't be a link element with a route
    <g
      className={`live-sensor live-sensor-${state}${spot.measured ? "" : " live-sensor-about"}`}
      role="link"
      tabIndex={!quiet && (tabbed || !isCalm(state)) ? 0 : -1}
      aria-label={label}
      transform={`translate(${spot.at[0] * WIDE} ${spot.at[1] * height}) scale(${scale})`}
      pointerEvents={quiet ? "none" : undefined}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key === "Enter") open();
      }}
      onPointerEnter={() => onShow(spot)}
      onPointerLeave={() => onShow(null)}
      onFocus={() => onShow(spot)}
      onBlur={() => onShow(null)}
    >
      <circle r="16" className="live-sensor-ground" />
      <StateForm state={state} />
      {many && (
        <g className="live-sensor-count" transform="translate(13 -12)">
          <circle r="8.5" />
          <text>{spot.channels.length}</text>
        </g>
      )}
    </g>
  );
}

interface PlacingProps {
  channel: Channel;
  scene: Scene;
  height: number;
  onPlaced: () => void;
}

/** A cross that says where a sensor stands: by a click, or by arrow keys and Enter. */
function Placing({ channel, scene, height, onPlaced }: PlacingProps) {
  const t = useWords(words);
  const name = useName();
  const { language } = useLanguage();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const save = usePlaceSensor();
  const field = useRef<SVGRectElement>(null);
  const box = scene.box;
  const [at, setAt] = useState<Share>(() =>
    box && channel.x !== null && channel.y !== null ? toShare(box, channel.x, channel.y) : [0.5, 0.5],
  );
  useEffect(() => field.current?.focus(), []);
  if (!box) return null;
  const metres = toMetres(box, at);
  const put = (to: Share) => {
    setAt(to);
    save.mutate(
      { id: channel.id, ...toMetres(box, to) },
      {
        onSuccess: () => {
          void message.success(t("placed", { name: name(channel) }));
          onPlaced();
        },
        onError: (error) => void message.error(errorText(error)),
      },
    );
  };
  const key = (event: KeyboardEvent) => {
    const way = ARROWS[event.key];
    const within = (value: number) => Math.min(1, Math.max(0, value));
    if (event.key === "Enter") put(at);
    else if (event.key === "Escape") onPlaced();
    else if (way) {
      const far = event.shiftKey ? FAR : STEP;
      setAt([within(at[0] + way[0] * far), within(at[1] + (way[1] * far) / scene.ratio)]);
    } else return;
    event.preventDefault();
  };
  const click = (event: MouseEvent<SVGRectElement>) => {
    const frame = event.currentTarget.getBoundingClientRect();
    put([(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height]);
  };
  const where = t("placeAt", { x: number(metres.x, language, 1), y: number(metres.y, language, 1) });
  return (
    <g className="live-placing">
      <path d={`M${at[0] * WIDE} 0V${height}M0 ${at[1] * height}H${WIDE}`} pointerEvents="none" />
      {/* biome-ignore lint/a11y/useSemanticElements: a part of a drawing can't be a button element */}
      <rect
        ref={field}
        role="button"
        tabIndex={0}
        aria-label={`${t("placing", { name: name(channel) })} ${where}`}
        width={WIDE}
        height={height}
        onClick={click}
        onKeyDown={key}
      />
    </g>
  );
}
