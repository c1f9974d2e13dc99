import { LeftOutlined, PlusOutlined, RightOutlined, WarningOutlined } from "@ant-design/icons";
import { App, Button, Tooltip } from "antd";
import { useState } from "react";
import { useEither, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import { words as shared } from "@/app/words";
import {
  type OnDuty,
  type Roster,
  type Rosters,
  type Shift,
  useChange,
  useOnDuty,
  useRosters,
} from "./queries";
import { RosterDialog } from "./RosterDialog";
import { ShiftDialog } from "./ShiftDialog";
import { StandIns } from "./StandIns";
import { dayLabel, daysFrom, type Entry, entriesOf, hours, isToday, weekOf } from "./week";
import { words } from "./words";

export type Asked = { roster: Roster; shift?: Shift; day?: Date };

/** A week of all rosters, with the holes shown as loudly as the shifts. */
export function RostersPanel({ manages }: { manages: boolean }) {
  const t = useWords(words);
  const [monday, setMonday] = useState(() => weekOf(new Date()));
  const [opening, setOpening] = useState(false);
  const days = daysFrom(monday);
  const end = days[7] as Date;
  const found = useRosters(monday, end);
  const move = (by: number) =>
    setMonday(daysFrom(new Date(monday.getTime() + by * 7 * 86_400_000 + 7_200_000))[0] as Date);
  return (
    <div className="stack">
      <NowOnDuty />
      <div className="roster-bar">
        <Button icon={<LeftOutlined />} aria-label={t("weekBefore")} onClick={() => move(-1)} />
        <strong className="num">
          {t("week", { from: dayLabel(monday), to: dayLabel(days[6] as Date) })}
        </strong>
        <Button icon={<RightOutlined />} aria-label={t("weekAfter")} onClick={() => move(1)} />
        <Button onClick={() => setMonday(weekOf(new Date()))}>{t("thisWeek")}</Button>
        {manages && (
          <Button icon={<PlusOutlined />} onClick={() => setOpening(true)} className="roster-new">
            {t("newRoster")}
          </Button>
        )}
      </div>
      <Loaded of={found} rows={10}>
        {(data) => <Week data={data} days={days} manages={manages} stale={found.isPlaceholderData} />}
      </Loaded>
      {opening && <RosterDialog onClose={() => setOpening(false)} />}
    </div>
  );
}

function NowOnDuty() {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const now = useOnDuty();
  const shown = (now.data as OnDuty | undefined)?.duties.filter(
    (one) => one.duty !== "regulator" || one.roster_id !== null,
  );
  if (!shown) return null;
  return (
    <section className="panel" aria-labelledby="now-on-duty">
      <h2 id="now-on-duty">{t("nowOn")}</h2>
      <ul className="on-duty">
        {shown.map((one) => (
          <li key={one.duty} className={one.hole ? "on-duty-hole" : ""}>
            <span className="muted">{t(one.duty)}</span>
            {one.hole ? (
              <strong role="alert">
                <WarningOutlined aria-hidden="true" /> {pick(one, "message")}
              </strong>
            ) : one.people.length > 0 ? (
              <strong>{one.people.map((p) => either(p.name, p.name_en)).join("、")}</strong>
            ) : (
              <span>{t(one.duty === "on_site_supervisor" ? "noRosterSupervisor" : "noRosterYet")}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface WeekProps {
  data: Rosters;
  days: Date[];
  manages: boolean;
  stale: boolean;
}

function Week({ data, days, manages, stale }: WeekProps) {
  const t = useWords(words);
  const [asked, setAsked] = useState<Asked | null>(null);
  const holes = data.rosters.reduce((sum, one) => sum + one.gaps.length, 0);
  if (data.rosters.length === 0)
    return (
      <section className="panel">
        <EmptyState text={t("noRosters")}>
          <span className="muted">{t("noRostersWhy")}</span>
        </EmptyState>
      </section>
    );
  return (
    <div className={stale ? "stack stale" : "stack"}>
      {holes > 0 && (
        <p className="hole-banner" role="status">
          <WarningOutlined aria-hidden="true" /> {t("holes", { n: holes })}
        </p>
      )}
      {data.rosters.map((roster) => (
        <RosterWeek key={roster.id} roster={roster} days={days} manages={manages} onAsk={setAsked} />
      ))}
      <StandIns data={data} days={days} manages={manages} />
      {asked && <ShiftDialog asked={asked} onClose={() => setAsked(null)} />}
    </div>
  );
}

interface RosterProps {
  roster: Roster;
  days: Date[];
  manages: boolean;
  onAsk: (asked: Asked) => void;
}

function RosterWeek({ roster, days, manages, onAsk }: RosterProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const errorText = useErrorText();
  const { message, modal } = App.useApp();
  const repeat = useChange<{ count: number }>((done) => message.success(t("repeated", { n: done.count })));
  const close = useChange();
  const name = `${roster.organisation_name} · ${t(roster.duty)}`;
  const failed = (error: unknown) => message.error(errorText(error));
  const start = (days[0] as Date).toISOString();
  const now = new Date();
  return (
    <section className="panel" aria-label={name}>
      <div className="panel-head">
        <h2>{name}</h2>
        {roster.synthetic && <SyntheticTag />}
        {roster.gaps.length === 0 && <span className="muted">{t("noHoles")}</span>}
        {manages && (
          <span className="panel-tools roster-tools">
            <Button size="small" icon={<PlusOutlined />} onClick={() => onAsk({ roster })}>
              {t("addShift")}
            </Button>
            <Button
              size="small"
              loading={repeat.isPending}
              onClick={() =>
                repeat.mutate(
                  { path: `rosters/${roster.id}/repeat-week`, body: { start } },
                  { onError: failed },
                )
              }
            >
              {t("repeatWeek")}
            </Button>
            <Button
              size="small"
              danger
              type="text"
              onClick={() =>
                modal.confirm({
                  title: t("closeRoster"),
                  content: t("closeRosterWhy", { name }),
                  okText: t("remove"),
                  cancelText: s("cancel"),
                  onOk: () => close.mutateAsync({ path: `rosters/${roster.id}/close` }).catch(failed),
                })
              }
            >
              {t("remove")}
            </Button>
          </span>
        )}
      </div>
      <div className="roster-week">
        {days.slice(0, 7).map((day, n) => (
          <div key={day.getTime()} className={isToday(day, now) ? "roster-day today" : "roster-day"}>
            <h3>
              <Weekday at={day} /> <span className="muted num">{dayLabel(day)}</span>
            </h3>
            {entriesOf(roster, day, days[n + 1] as Date).map((entry) => (
              <EntryBlock
                key={entry.key}
                entry={entry}
                onOpen={
                  manages && entry.kind === "shift" ? () => onAsk({ roster, shift: entry.shift }) : undefined
                }
                onFill={
                  manages && entry.kind === "gap" ? () => onAsk({ roster, day: entry.from }) : undefined
                }
              />
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

function Weekday({ at }: { at: Date }) {
  return <>{useWords(words)(DAYS[at.getDay()] ?? "sunday")}</>;
}

interface EntryProps {
  entry: Entry;
  onOpen?: () => void;
  onFill?: () => void;
}

function EntryBlock({ entry, onOpen, onFill }: EntryProps) {
  const t = useWords(words);
  const either = useEither();
  const time = <span className="num entry-time">{hours(entry.from, entry.to)}</span>;
  if (entry.kind === "gap") {
    const text = entry.away.length > 0 ? t("holeAway", { names: entry.away.join("、") }) : t("hole");
    const inside = (
      <>
        {time}
        <strong>{text}</strong>
      </>
    );
    return onFill ? (
      <button
        type="button"
        className="entry entry-gap"
        onClick={onFill}
        aria-label={`${hours(entry.from, entry.to)} ${text} · ${t("addShift")}`}
      >
        {inside}
      </button>
    ) : (
      <div className="entry entry-gap">{inside}</div>
    );
  }
  const { person, stand_in, away, ...shift } = entry.shift;
  const name = either(person.name, person.name_en);
  const instead = stand_in ? t("insteadOf", { name: either(stand_in.name, stand_in.name_en) }) : "";
  const inside = (
    <>
      {time}
      <span className={away ? "entry-away" : ""}>{name}</span>
      {away && <span className="entry-instead">{instead || t("awayMark")}</span>}
      {!person.by_more_than_bell && !away && (
        <Tooltip title={t("noWayWhy")}>
          <span className="entry-bell">{t("noWay")}</span>
        </Tooltip>
      )}
    </>
  );
  return onOpen ? (
    <button type="button" key={shift.id} className="entry" onClick={onOpen}>
      {inside}
    </button>
  ) : (
    <div className="entry">{inside}</div>
  );
}
