import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { change, moment, number, percent } from "@/app/format";
import { useEither, useLanguage, usePick, useWords } from "@/app/i18n";
import { LedgerMark } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { RateProposal } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { type Decision, useProposal } from "./queries";
import { words } from "./words";

interface DetailProps {
  id: string;
  onAsk: (decision: Decision) => void;
  onBack: (() => void) | undefined;
}

/** One proposal: what changes, why, what it stands on, who decided. */
export function ProposalDetail({ id, onAsk, onBack }: DetailProps) {
  const t = useWords(words);
  const found = useProposal(id);
  const may = useMay("rates.approve");
  const hints: [string, string][] = [
    ["j k", t("keyMove")],
    ["a", t("keyApprove")],
    ["r", t("keyReturn")],
  ];
  return (
    <section className="panel detail-panel" aria-label={t("reasons")}>
      <div className="desk-bar">
        {onBack && (
          <Button type="link" className="back-link" icon={<ArrowLeftOutlined />} onClick={onBack}>
            {t("back")}
          </Button>
        )}
        {may && (
          <ul className="key-hints" aria-label={t("keys")}>
            {hints.map(([key, word]) => (
              <li key={key}>
                <kbd>{key}</kbd> {word}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Loaded of={found} rows={12}>
        {(proposal) => <InHand proposal={proposal} may={may} onAsk={onAsk} />}
      </Loaded>
    </section>
  );
}

function InHand({
  proposal,
  may,
  onAsk,
}: {
  proposal: RateProposal;
  may: boolean;
  onAsk: (d: Decision) => void;
}) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const unrated = proposal.state === "unrated";
  const reasons = language === "zh" ? proposal.reasons_zh : proposal.reasons_en;
  return (
    <>
      <div className="rates-head">
        <h2>{proposal.name}</h2>
        <span className={`rates-state rates-${proposal.state}`}>{t(`state${proposal.state}`)}</span>
      </div>
      <p className="muted rates-line">
        <span>{pick(proposal, "industry")}</span>
        {proposal.enterprise_id !== null && (
          <>
            <Link to={`/enterprises/${proposal.enterprise_id}`}>{t("toEnterprise")}</Link>
            <Link to={`/enterprises/${proposal.enterprise_id}/safety-value`}>{t("toValue")}</Link>
          </>
        )}
      </p>
      {unrated ? <p role="alert">{pick(proposal, "problem")}</p> : <Effect proposal={proposal} />}
      {may && (proposal.state === "proposed" || proposal.state === "returned") && (
        <div className="rates-answer">
          <Button type="primary" aria-keyshortcuts="a" onClick={() => onAsk("approve")}>
            {t("approve")}
          </Button>
          {proposal.state === "proposed" && (
            <Button aria-keyshortcuts="r" onClick={() => onAsk("return")}>
              {t("giveBack")}
            </Button>
          )}
        </div>
      )}
      {reasons.length > 0 && (
        <>
          <h3>{t("reasons")}</h3>
          <ol className="rates-reasons">
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ol>
        </>
      )}
      <Years proposal={proposal} />
      <Decisions proposal={proposal} />
    </>
  );
}

function Effect({ proposal }: { proposal: RateProposal }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const facts: [string, string, string][] = [
    [
      t("grade"),
      `${proposal.current_grade}% → ${proposal.proposed_grade}%`,
      t("indicated", { n: proposal.indicated_grade }),
    ],
    [
      t("rate"),
      `${proposal.current_rate_pct.toFixed(3)}% → ${proposal.proposed_rate_pct.toFixed(3)}%`,
      t("classN", { n: proposal.rate_class }),
    ],
    [
      t("premium"),
      `${number(proposal.premium_now, language)} → ${number(proposal.premium_proposed, language)}`,
      change(proposal.change),
    ],
    [
      t("experience"),
      proposal.experience.toFixed(2),
      t("experienceWhy", {
        own: proposal.own_experience.toFixed(2),
        z: percent(proposal.credibility),
      }),
    ],
  ];
  return (
    <dl className="facts">
      {facts.map(([label, value, why]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="num">{value}</dd>
          <dd className="fact-why">{why}</dd>
        </div>
      ))}
    </dl>
  );
}

function Years({ proposal }: { proposal: RateProposal }) {
  const t = useWords(words);
  const { language } = useLanguage();
  if (proposal.years.length === 0) return null;
  return (
    <>
      <h3>{t("years")}</h3>
      <div className="table-scroll">
        <table className="rows">
          <thead>
            <tr>
              <th>{t("year")}</th>
              <th className="right">{t("payroll")}</th>
              <th className="right">{t("paid")}</th>
              <th className="right">{t("injuries")}</th>
              <th className="right">{t("deaths")}</th>
            </tr>
          </thead>
          <tbody>
            {proposal.years.map((year) => (
              <tr key={year.year}>
                <td className="num">{year.year}</td>
                <td className="right num">{number(year.payroll, language)}</td>
                <td className="right num">{number(year.benefits, language)}</td>
                <td className="right num">{year.injuries}</td>
                <td className="right num">{year.deaths}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Decisions({ proposal }: { proposal: RateProposal }) {
  const t = useWords(words);
  const either = useEither();
  if (proposal.decisions.length === 0) return null;
  return (
    <>
      <h3>{t("decisions")}</h3>
      <ul className="rates-decisions">
        {proposal.decisions.map((one) => (
          <li key={one.ledger_index}>
            <span className="num">{moment(one.at)}</span> {either(one.by, one.by_en)} {t(`did${one.kind}`)}
            {one.reason && ` · ${one.reason}`} <LedgerMark index={one.ledger_index} />
          </li>
        ))}
      </ul>
    </>
  );
}
