import { ArrowLeftOutlined } from "@ant-design/icons";
import { Link, useParams } from "react-router";
import { change, number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { RiskMark, SyntheticTag } from "@/app/marks";
import { ErrorState, LoadingState } from "@/app/states";
import type { Enterprise } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { HazardPoints } from "@/rooms/deduction/HazardPoints";
import { DeductionLinks } from "@/rooms/deduction/what_if/DeductionLinks";
import { words as rateWords } from "@/rooms/rates/words";
import { EnterpriseWarnings } from "@/rooms/warning/EnterpriseWarnings";
import { EquipmentPanel } from "./EquipmentPanel";
import { BasisPanel } from "./living/BasisPanel";
import { ExposurePanel } from "./living/ExposurePanel";
import { PeersPanel } from "./living/PeersPanel";
import { ProfilePanel } from "./ProfilePanel";
import { useEnterprise } from "./queries";
import { words } from "./words";

export default function EnterprisePage() {
  const { id = "" } = useParams();
  const enterprise = useEnterprise(id);
  if (!enterprise.data) {
    if (enterprise.error) return <ErrorState error={enterprise.error} onRetry={() => enterprise.refetch()} />;
    return <LoadingState rows={12} />;
  }
  return (
    <div className="page">
      <EnterpriseHead enterprise={enterprise.data} />
      <div className="enterprise-body">
        <div className="enterprise-grid">
          <ProfilePanel enterpriseId={id} />
          <div className="stack">
            <EnterpriseWarnings enterpriseId={id} />
            <EquipmentPanel enterprise={enterprise.data} />
          </div>
        </div>
        <div className="stack gap-below">
          <BasisPanel enterpriseId={id} />
          <PeersPanel enterpriseId={id} />
          <ExposurePanel enterpriseId={id} />
        </div>
        <DeductionLinks enterpriseId={id} />
        <HazardPoints enterpriseId={id} />
      </div>
    </div>
  );
}

function EnterpriseHead({ enterprise }: { enterprise: Enterprise }) {
  const t = useWords(words);
  const r = useWords(rateWords);
  const pick = usePick();
  const { language } = useLanguage();
  const seesRegion = useMay("region.read");
  const profile = enterprise.profile;
  const facts: [label: string, value: string, why?: string][] = [
    [t("score"), number(enterprise.score, language)],
    [
      t("expected"),
      number(enterprise.expected_injuries, language, 1),
      profile
        ? t("interval", {
            low: number(profile.expected_injuries_low, language, 1),
            high: number(profile.expected_injuries_high, language, 1),
          })
        : t("expectedWhy"),
    ],
    [t("trend"), change(enterprise.trend), t("trendWhy")],
    [t("injuries12m"), number(enterprise.injuries_12m, language)],
  ];
  if (profile) {
    facts.push([t("hazards12m"), number(profile.hazards_12m, language)]);
    facts.push([t("lostDays"), number(profile.expected_lost_days, language)]);
    facts.push([t("credibility"), `${Math.round(profile.credibility * 100)}%`, t("credibilityWhy")]);
  }
  return (
    <header className="enterprise-head">
      {seesRegion && (
        <Link to="/" className="back-link">
          <ArrowLeftOutlined aria-hidden /> {t("back")}
        </Link>
      )}
      <div className="page-head">
        <h1>{enterprise.name}</h1>
        <RiskMark colour={enterprise.colour} />
        {enterprise.synthetic && <SyntheticTag />}
      </div>
      <p className="muted enterprise-line">
        <span>{pick({ name_zh: enterprise.industry_zh, name_en: enterprise.industry_en }, "name")}</span>
        {enterprise.district && <span>{enterprise.district}</span>}
        {enterprise.employees !== null && (
          <span>
            {t("employees")} <b className="num">{number(enterprise.employees, language)}</b>
          </span>
        )}
        {enterprise.rank !== null && <span className="num">{t("rankOf", { n: enterprise.rank })}</span>}
        {enterprise.peer_percentile !== null && (
          <span className="num">{t("peersValue", { n: Math.round(enterprise.peer_percentile) })}</span>
        )}
        <Link to={`/enterprises/${enterprise.id}/safety-value`}>{r("toValue")}</Link>
        {enterprise.credit_code && (
          <span>
            {t("creditCode")} <span className="num">{enterprise.credit_code}</span>
          </span>
        )}
      </p>
      <dl className="facts">
        {facts.map(([label, value, why]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="num">{value}</dd>
            {why && <dd className="fact-why">{why}</dd>}
          </div>
        ))}
      </dl>
    </header>
  );
}
