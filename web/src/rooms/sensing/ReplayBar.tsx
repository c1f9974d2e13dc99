import { CaretRightOutlined, PauseOutlined } from "@ant-design/icons";
import { Button, DatePicker, Slider } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useEffect, useState } from "react";
import { usePick, useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import { clock } from "./marks";
import { useReplay } from "./queries";
import type { RiskFrame, RiskReplay } from "./types";
import { words } from "./words";

const HOUR_MS = 3_600_000;
const FRAME_MS = 250;

/** A frame of the past and the beginning of the hour that it is of. */
export interface Moment {
  start: string;
  frame: RiskFrame;
}

interface ReplayBarProps {
  id: string;
  plan: number;
  then: Moment | null;
  /** The values of then aren't there yet. */
  waiting: boolean;
  onMoment: (moment: Moment | null) => void;
}

/** An hour of the past: chosen by its end, shown frame by frame. */
export function ReplayBar({ id, plan, then, waiting, onMoment }: ReplayBarProps) {
  const t = useWords(words);
  const [end, setEnd] = useState(() => Math.floor(Date.now() / 30_000) * 30_000);
  const [start, until] = [new Date(end - HOUR_MS).toISOString(), new Date(end).toISOString()];
  const replay = useReplay(id, plan, start, until);
  const choose = (value: Dayjs | null) => {
    if (!value) return;
    onMoment(null);
    setEnd(Math.min(value.valueOf(), Date.now()));
  };
  return (
    <section className="replay" aria-label={t("replayTitle")}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the picker's field is inside */}
      <label className="replay-end">
        <span>{t("replayEnd")}</span>
        <DatePicker
          size="small"
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          allowClear={false}
          value={dayjs(end)}
          disabledDate={(day) => day.valueOf() > Date.now()}
          onChange={choose}
        />
      </label>
      <Loaded of={replay} rows={1}>
        {(found) =>
          found.frames.some((frame) => frame.known) ? (
            <Frames key={end} found={found} start={start} then={then} waiting={waiting} onMoment={onMoment} />
          ) : (
            <p role="status">
              {t("replayNone")}{" "}
              {found.kept_from && (
                <span className="muted">{t("replayFrom", { time: clock(found.kept_from) })}</span>
              )}
            </p>
          )
        }
      </Loaded>
    </section>
  );
}

interface FramesProps {
  found: RiskReplay;
  start: string;
  then: Moment | null;
  waiting: boolean;
  onMoment: (moment: Moment) => void;
}

function Frames({ found, start, then, waiting, onMoment }: FramesProps) {
  const t = useWords(words);
  const pick = usePick();
  const { frames } = found;
  const [playing, setPlaying] = useState(false);
  const at = then ? frames.findIndex((frame) => frame.at === then.frame.at) : -1;
  const last = frames.length - 1;
  const go = (index: number) => {
    const frame = frames[index];
    if (frame) onMoment({ start, frame });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the beginning
  useEffect(() => {
    if (at < 0)
      go(
        Math.max(
          0,
          frames.findIndex((frame) => frame.known),
        ),
      );
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a step for each frame
  useEffect(() => {
    if (!playing) return;
    if (at >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => go(at + 1), FRAME_MS);
    return () => clearTimeout(timer);
  }, [playing, at]);
  const frame = frames[at];
  const text = !frame
    ? ""
    : !frame.known
      ? `${clock(frame.at)} · ${t("riskNotKept")}`
      : frame.factors
        ? t("replayFrame", { time: clock(frame.at), n: frame.factors, top: pick(frame, "top") })
        : t("replayCalm", { time: clock(frame.at) });
  return (
    <>
      <div className="replay-frames">
        <Button
          size="small"
          icon={playing ? <PauseOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />}
          onClick={() => {
            if (!playing && at >= last) go(0);
            setPlaying(!playing);
          }}
        >
          {t(playing ? "replayPause" : "replayPlay")}
        </Button>
        <Slider
          className="replay-slider"
          min={0}
          max={last}
          value={Math.max(0, at)}
          tooltip={{ formatter: (index) => clock(frames[index ?? 0]?.at) }}
          ariaLabelForHandle={t("replayAt")}
          ariaValueTextFormatterForHandle={(index) => clock(frames[index]?.at)}
          onChange={(index: number) => {
            setPlaying(false);
            go(index);
          }}
        />
      </div>
      <p className="replay-text" aria-live={playing ? "off" : "polite"}>
        {text}
      </p>
      <p className="muted replay-note">{t(waiting ? "replayWaiting" : "replayMarks")}</p>
    </>
  );
}
