import { DownOutlined, RightOutlined } from "@ant-design/icons";
import { Alert } from "antd";
import { useId, useState } from "react";
import { Link } from "react-router";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag, TierMark } from "@/app/marks";
import { Loaded } from "@/app/states";
import { clock } from "./marks";
import { useStorms } from "./queries";
import type { Alarm, AlarmGroup, AlarmStorms } from "./types";
import { words } from "./words";

const SHOWN = 30;

/** Alarms by probable cause: a line for each, which unfolds to its members. Nothing is left out but by number. */
export function AlarmPanel({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const storms = useStorms(enterpriseId);
  return (
    <section className="panel" aria-labelledby="live-alarms">
      <div className="panel-head">
        <h2 id="live-alarms">{t("alarms")}</h2>
        {storms.data && storms.data.open > 0 && (
          <span className="num strong">{t("alarmsOpen", { n: storms.data.open })}</span>
        )}
        <span className="muted">{t("alarmsLead")}</span>
      </div>
      <Loaded of={storms} rows={3}>
        {(found) =>
          found.groups.length === 0 ? <p className="muted">{t("alarmsNone")}</p> : <Groups found={found} />
        }
      </Loaded>
    </section>
  );
}

function Groups({ found }: { found: AlarmStorms }) {
  const t = useWords(words);
  const pick = usePick();
  const [most, setMost] = useState(SHOWN);
  const flood = found.floods[found.floods.length - 1];
  return (
    <>
      {flood && (
        <Alert
          className="gap-below-small"
          type={flood.until === null ? "error" : "info"}
          title={
            flood.until === null
              ? t("flood", { time: clock(flood.since), n: flood.alarms, most: flood.most })
              : t("floodPast", { time: clock(flood.since), until: clock(flood.until), n: flood.alarms })
          }
        />
      )}
      <ul className="alarm-groups" aria-live="polite">
        {found.groups.slice(0, most).map((group) => (
          <Group key={`${group.first.episode_id}-${group.cause}`} group={group} />
        ))}
      </ul>
      {found.groups.length > most && (
        <button type="button" className="alarm-fold" onClick={() => setMost(most + SHOWN)}>
          {t("showMore", { n: Math.min(SHOWN, found.groups.length - most) })}
        </button>
      )}
      {found.chatter.slice(0, 5).map((one) => (
        <p key={`${one.channel_id}-${one.kind_en}`} className="muted alarm-note">
          {t("chatter", { name: pick(one, "name"), kind: pick(one, "kind"), n: one.times, most: one.most })}
        </p>
      ))}
      {found.stale > 0 && <p className="muted alarm-note">{t("stale", { n: found.stale })}</p>}
      {found.left_out > 0 && <p className="muted alarm-note">{t("alarmsLeft", { n: found.left_out })}</p>}
    </>
  );
}

const CAUSES = {
  network: "byNetwork",
  power: "byPower",
  device_lost: "byDeviceLost",
  spread: "bySpread",
  device: "byDevice",
  area: "byArea",
  channel: "byChannel",
} as const;

function useSpan() {
  const t = useWords(words);
  return (group: AlarmGroup) => {
    const seconds = Math.max(1, Math.round((Date.parse(group.last) - Date.parse(group.began)) / 1000));
    return seconds < 90 ? t("inSeconds", { n: seconds }) : t("inSpan", { n: Math.ceil(seconds / 60) });
  };
}

/** Why its first alarm is thought to be first. */
function useBecause() {
  const t = useWords(words);
  const { language } = useLanguage();
  return ({ because, lead_s }: AlarmGroup) => {
    if (because.includes("upwind")) return t("becauseUpwind");
    if (because.includes("gravest")) return t("becauseGravest");
    if (because.includes("same_moment")) return t("becauseMoment");
    return lead_s === null
      ? t("becauseEarliestOnly")
      : t("becauseEarliest", { s: number(lead_s, language, lead_s < 10 ? 1 : 0) });
  };
}

function Group({ group }: { group: AlarmGroup }) {
  const t = useWords(words);
  const pick = usePick();
  const span = useSpan();
  const because = useBecause();
  const [open, setOpen] = useState(false);
  const id = useId();
  const { first } = group;
  if (group.size === 1) return <Single alarm={first} />;
  const high = group.tiers.high ?? 0;
  return (
    <li className={group.open ? "alarm-group" : "alarm-group alarm-over"}>
      <button
        type="button"
        className="alarm-head"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <span className="alarm-top">
          {open ? <DownOutlined aria-hidden /> : <RightOutlined aria-hidden />}
          <strong>
            {t("groupHead", { n: group.size, span: span(group), name: pick(first, "name") })}{" "}
            <span className="num">{clock(first.since)}</span>
          </strong>
          <TierMark tier={group.tier} />
        </span>
        <span className="alarm-line">
          {t(CAUSES[group.cause], { k: group.from_cause, of: pick(group, "of") })}
        </span>
        <span className="alarm-line muted">
          <span>{because(group)}</span>
          <span>{t("channelsOf", { n: group.channels })}</span>
          {high > 0 && <span>{t("highOf", { n: high })}</span>}
          <span>{group.open ? t("alarmsOpen", { n: group.open }) : t("over")}</span>
          {first.synthetic && <SyntheticTag />}
        </span>
      </button>
      {open && (
        <ol id={id} className="alarm-members">
          {group.members.map((alarm) => (
            <Member key={alarm.episode_id} alarm={alarm} />
          ))}
          {group.size > group.members.length && (
            <li className="muted">{t("andMore", { n: group.size - group.members.length })}</li>
          )}
        </ol>
      )}
    </li>
  );
}

function Single({ alarm }: { alarm: Alarm }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <li className={alarm.over_at === null ? "alarm-group" : "alarm-group alarm-over"}>
      <div className="alarm-head">
        <span className="alarm-top">
          <strong>
            <AlarmName alarm={alarm}>
              {t("one", { name: pick(alarm, "name"), kind: pick(alarm, "kind") })}
            </AlarmName>{" "}
            <span className="num">{clock(alarm.since)}</span>
          </strong>
          <TierMark tier={alarm.tier} />
        </span>
        <span className="alarm-line">{pick(alarm, "reason")}</span>
        <span className="alarm-line muted">
          {pick(alarm, "area") && <span>{pick(alarm, "area")}</span>}
          {alarm.over_at !== null && <span>{t("over")}</span>}
          {alarm.alert_id !== null && <Link to={`/warnings/${alarm.alert_id}`}>{t("toAlert")}</Link>}
          {alarm.synthetic && <SyntheticTag />}
        </span>
      </div>
    </li>
  );
}

function Member({ alarm }: { alarm: Alarm }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <li>
      <span className="num">{clock(alarm.since)}</span>
      <span>
        <AlarmName alarm={alarm}>{pick(alarm, "name")}</AlarmName> {pick(alarm, "kind")}
      </span>
      <TierMark tier={alarm.tier} />
      <span className="muted alarm-member-line">
        <span>{alarm.over_at === null ? t("stillOpen") : t("over")}</span>
        {alarm.alert_id !== null && <Link to={`/warnings/${alarm.alert_id}`}>{t("toAlert")}</Link>}
      </span>
    </li>
  );
}

function AlarmName({ alarm, children }: { alarm: Alarm; children: React.ReactNode }) {
  return alarm.channel_id === null ? (
    children
  ) : (
    <Link to={`/live/channels/${alarm.channel_id}`}>{children}</Link>
  );
}
