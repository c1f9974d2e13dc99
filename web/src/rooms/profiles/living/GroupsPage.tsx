import { ArrowLeftOutlined } from "@ant-design/icons";
import { useMemo } from "react";
import { Link } from "react-router";
import { Chart } from "@/app/Chart";
import { usePhone } from "@/app/device";
import { change, month, number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import { useOverview } from "../queries";
import { words as profileWords } from "../words";
import { changedSurely, groupOption, topGroups } from "./options";
import { useGroups } from "./queries";
import type { Group, Groups } from "./types";
import { words } from "./words";
import "./living.css";

/** The region by sectors, posts, people and situations. */
export default function GroupsPage() {
  const t = useWords(words);
  const p = useWords(profileWords);
  const groups = useGroups();
  const overview = useOverview();
  return (
    <div className="page">
      <Link to="/" className="back-link">
        <ArrowLeftOutlined aria-hidden /> {p("back")}
      </Link>
      <div className="page-head">
        <h1>{t("groups")}</h1>
        {overview.data?.synthetic && <SyntheticTag />}
      </div>
      <Loaded of={groups} rows={12}>
        {(found) => (found.month ? <Panels groups={found} /> : <EmptyState text={t("groupsNone")} />)}
      </Loaded>
    </div>
  );
}

function Panels({ groups }: { groups: Groups }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const told = (key: string) => percent(groups.told[key]);
  return (
    <>
      <p className="muted num groups-line">
        {t("groupsAt", {
          month: month(groups.month ?? ""),
          n: number(groups.injuries, language),
          m: number(groups.previous, language),
        })}
      </p>
      <div className="groups-grid">
        <div className="stack">
          <GroupPanel groups={groups} dimension="sector" title={t("sector")} rates />
          <GroupPanel
            groups={groups}
            dimension="people"
            title={t("peopleGroups")}
            note={t("tellsPeople", { age: told("age"), tenure: told("tenure") })}
          />
          <GroupPanel
            groups={groups}
            dimension="situation"
            title={t("situations")}
            note={t("tellsText", { text: told("narrative") })}
          />
        </div>
        <GroupPanel
          groups={groups}
          dimension="post"
          title={t("posts")}
          note={t("tellsPost", { post: told("post") })}
        />
      </div>
    </>
  );
}

interface PanelProps {
  groups: Groups;
  dimension: string;
  title: string;
  note?: string;
  rates?: boolean;
}
const MOST = 12;

function GroupPanel({ groups, dimension, title, note, rates }: PanelProps) {
  const t = useWords(words);
  const pick = usePick();
  const phone = usePhone();
  const top = useMemo(() => topGroups(groups.groups, dimension, MOST), [groups, dimension]);
  const silent = groups.groups.filter(
    (group) => group.dimension === dimension && group.injuries + group.previous === 0,
  );
  const option = useMemo(
    () => groupOption(top, (group) => pick(group, "name"), { now: t("now12"), before: t("before12") }, phone),
    [top, pick, t, phone],
  );
  const label = t("chartLabel", {
    rows: top.map((group) => `${pick(group, "name")} ${group.injuries} / ${group.previous}`).join(", "),
  });
  return (
    <section className="panel" aria-labelledby={`groups-${dimension}`}>
      <div className="panel-head">
        <h2 id={`groups-${dimension}`}>{title}</h2>
        {note && <span className="muted">{note}</span>}
      </div>
      {top.length === 0 ? (
        <EmptyState text={t("noneFound")} />
      ) : (
        <>
          <ul className="groups-legend">
            <li className="groups-now">{t("now12")}</li>
            <li className="groups-before">{t("before12")}</li>
          </ul>
          <Chart option={option} height={34 + top.length * 30} label={label} />
          <GroupTable rows={top} rates={rates} labelled={`groups-${dimension}`} />
        </>
      )}
      {top.length > 0 && silent.length > 0 && dimension !== "sector" && (
        <p className="muted basis-note">
          {silent.map((group) => pick(group, "name")).join(", ")}: {t("noneFound")}
        </p>
      )}
    </section>
  );
}

function GroupTable({ rows, rates, labelled }: { rows: Group[]; rates?: boolean; labelled: string }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  return (
    <section className="table-scroll" aria-labelledby={labelled}>
      <table className="rows rows-compact">
        <thead>
          <tr>
            <th>{t("groupName")}</th>
            <th className="right">{t("now12")}</th>
            <th className="right">{t("before12")}</th>
            <th className="right">{t("deaths")}</th>
            <th className="right">{t("lostDays")}</th>
            <th>{t("changeInterval")}</th>
            {rates && <th className="right">{t("ratePer100")}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td className="cell-name">{pick(row, "name")}</td>
              <td className="right num strong">{number(row.injuries, language)}</td>
              <td className="right num">{number(row.previous, language)}</td>
              <td className="right num">{number(row.deaths, language)}</td>
              <td className="right num">{number(row.lost_days, language)}</td>
              <td className="num nowrap">
                {changedSurely(row) ? (
                  <b title={t("changeSure")}>{change(row.change)}</b>
                ) : (
                  change(row.change)
                )}{" "}
                <small className="muted">
                  {change(row.change_low)} … {change(row.change_high)}
                </small>
              </td>
              {rates && (
                <td className="right num nowrap">
                  {row.rate === null
                    ? "–"
                    : t("rateInterval", {
                        n: number(row.rate, language, 2),
                        low: number(row.rate_low, language, 2),
                        high: number(row.rate_high, language, 2),
                      })}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
