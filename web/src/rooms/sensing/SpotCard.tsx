import { useWords } from "@/app/i18n";
import type { Spot } from "./geometry";
import { Spark, StateMark, useName, useReading } from "./marks";
import type { SensorState } from "./state";
import { words } from "./words";

const SHOWN = 6;

interface SpotCardProps {
  spot: Spot;
  states: Map<number, SensorState>;
  sparks: Map<number, (number | null)[]>;
}

/** What a mark says when it is pointed at: the newest value and the last hour of each of its sensors. */
export function SpotCard({ spot, states, sparks }: SpotCardProps) {
  const t = useWords(words);
  const name = useName();
  const reading = useReading();
  const [x, y] = spot.at;
  const side = x > 0.6 ? { right: `${(1 - x) * 100 + 2}%` } : { left: `${x * 100 + 2}%` };
  const edge = y > 0.55 ? { bottom: `${(1 - y) * 100 + 2}%` } : { top: `${y * 100 + 2}%` };
  return (
    <div className="live-card" style={{ ...side, ...edge }} aria-hidden="true">
      {spot.channels.slice(0, SHOWN).map((channel) => (
        <div key={channel.id} className="live-card-row">
          <strong>{name(channel)}</strong>
          <span className="live-card-value">
            <span className="num">{reading(channel)}</span>
            <Spark channel={channel} mean={sparks.get(channel.id)} />
          </span>
          <StateMark state={states.get(channel.id) ?? "normal"} />
        </div>
      ))}
      {spot.channels.length > SHOWN && (
        <span className="muted">{t("andMore", { n: spot.channels.length - SHOWN })}</span>
      )}
    </div>
  );
}
