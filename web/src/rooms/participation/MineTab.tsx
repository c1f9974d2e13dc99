import { App, Switch } from "antd";
import { Link } from "react-router";
import { day, percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import { EmptyState, Loaded, useErrorText } from "@/app/states";
import type { OwnPart, PointRules } from "@/app/types";
import { useMine, useOptOut } from "./queries";
import { words } from "./words";

/** One's own points, thanks and rewards; nobody else is shown them. */
export function MineTab() {
  const mine = useMine();
  return (
    <Loaded of={mine} rows={10}>
      {(found) => <Own own={found} />}
    </Loaded>
  );
}

function Own({ own }: { own: OwnPart }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  return (
    <div className="split split-board">
      <div className="stack">
        <dl className="facts own-facts">
          <div>
            <dt>{t("pointsMonth")}</dt>
            <dd className="num">{own.points_month}</dd>
          </div>
          <div>
            <dt>{t("pointsTotal")}</dt>
            <dd className="num">{own.points_total}</dd>
          </div>
        </dl>
        <section className="panel">
          <h2 className="gap-below-small">{t("thanks")}</h2>
          {own.thanks.length === 0 && <p className="muted">{t("noThanks")}</p>}
          <ul className="records">
            {own.thanks.map((one) => (
              <li key={one.at + one.text_zh}>
                <p className="thanks">{pick(one, "text")}</p>
                <span className="muted num">{day(one.at)}</span>
              </li>
            ))}
          </ul>
        </section>
        <section className="panel">
          <h2 className="gap-below-small">{t("entries")}</h2>
          {own.entries.length === 0 ? <EmptyState text={t("noEntries")} /> : <Entries own={own} />}
        </section>
      </div>
      <div className="stack">
        <section className="panel">
          <h2 className="gap-below-small">{t("ownRewards")}</h2>
          {own.rewards.length === 0 && <p className="muted">{t("noRewards")}</p>}
          <ul className="records">
            {own.rewards.map((one) => (
              <li key={one.at}>
                <div className="record-head">
                  <strong className="num">¥{one.amount.toFixed(2)}</strong>
                  <span>{t(one.state === "paid" ? "paid" : "notPaid")}</span>
                  <span className="muted num">{day(one.at)}</span>
                </div>
                <p>{t("approvedBy", { name: either(one.by, one.by_en), reason: one.reason })}</p>
              </li>
            ))}
          </ul>
          <p className="muted small-note">
            {t("anonymousReward")}{" "}
            <Link className="inline-link" to="/claim">
              {t("claimTitle")}
            </Link>
          </p>
        </section>
        <Naming own={own} />
        <Rules rules={own.rules} />
      </div>
    </div>
  );
}

function Entries({ own }: { own: OwnPart }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <div className="table-scroll">
      <table className="rows">
        <thead>
          <tr>
            <th>{t("for")}</th>
            <th>{t("rule")}</th>
            <th className="right">{t("points")}</th>
            <th>{t("date")}</th>
          </tr>
        </thead>
        <tbody>
          {own.entries.map((one) => (
            <tr key={`${one.of} ${one.subject_id} ${one.rule_en}`}>
              <td className="cell-name">
                {one.of === "idea" ? (
                  <Link to={`/participation?tab=ideas&idea=${one.subject_id}`}>{pick(one, "title")}</Link>
                ) : (
                  pick(one, "title")
                )}
              </td>
              <td>{pick(one, "rule")}</td>
              <td className="right num">
                {one.withdrawn ? <s>{one.points}</s> : one.points}
                <small className="muted entry-note">
                  {one.withdrawn
                    ? t("withdrawn")
                    : one.points < one.before_cap
                      ? t("capped", { n: one.before_cap })
                      : one.sharers > 1
                        ? t("shared", { n: one.sharers })
                        : ""}
                </small>
              </td>
              <td className="nowrap num">
                {day(one.at)} <LedgerMark index={one.ledger_index} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Naming({ own }: { own: OwnPart }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const { message } = App.useApp();
  const opt = useOptOut();
  return (
    <section className="panel">
      <div className="naming">
        <h2 id="naming">{t("naming")}</h2>
        <Switch
          aria-labelledby="naming"
          checked={own.opted_out}
          loading={opt.isPending}
          onChange={(out) =>
            opt.mutate(
              { out },
              {
                onSuccess: () => message.success(t(out ? "namingOn" : "namingOff")),
                onError: (error) => message.error(errorText(error)),
              },
            )
          }
        />
      </div>
      <p className="muted">{t("namingWhy")}</p>
    </section>
  );
}

export function Rules({ rules }: { rules: PointRules }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <section className="panel">
      <h2 className="gap-below-small">{t("rules", { date: rules.effective_from })}</h2>
      <table className="rows">
        <thead>
          <tr>
            <th>{t("rule")}</th>
            <th className="right">{t("points")}</th>
            <th className="right">{t("yuan")}</th>
          </tr>
        </thead>
        <tbody>
          {rules.rules.map((rule) => (
            <tr key={rule.key}>
              <td>{pick(rule, "name")}</td>
              <td className="right num">{rule.points}</td>
              <td className="right num">
                {rule.yuan_high ? t("span", { low: rule.yuan_low, high: rule.yuan_high }) : t("noYuan")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted small-note">
        {t("ruleCap", {
          acts: rules.most_counted_month,
          points: rules.most_points_month,
          first: percent(rules.first_share),
        })}
      </p>
      <p className="muted small-note">
        {t("ruleOwner", { owner: pick(rules, "owner"), source: pick(rules, "source") })}
        {!rules.source_verified && ` (${t("notVerified")})`}
      </p>
    </section>
  );
}
