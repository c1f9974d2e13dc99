import { Drawer } from "antd";
import { Link } from "react-router";
import { number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { Place } from "@/app/types";
import { clock, useLevelName } from "./marks";
import { type Asked, useWhy } from "./queries";
import type { RiskBand, RiskExplained, RiskFactor, WeighedFactor } from "./types";
import { words } from "./words";

interface WhyDrawerProps {
  id: string;
  asked: Asked | null;
  bands: RiskBand[];
  areas: Place[];
  onClose: () => void;
}

/** Why a cell or an area has its colour: what is at work there, the strongest first, with its source. */
export function WhyDrawer({ id, asked, bands, areas, onClose }: WhyDrawerProps) {
  const t = useWords(words);
  const why = useWhy(id, asked);
  return (
    <Drawer open={asked !== null} onClose={onClose} title={t("why")} size={460} destroyOnHidden>
      {asked && <Loaded of={why}>{(found) => <Why found={found} bands={bands} areas={areas} />}</Loaded>}
    </Drawer>
  );
}

function Why({ found, bands, areas }: { found: RiskExplained; bands: RiskBand[]; areas: Place[] }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const band = bands.find((one) => one.level === found.level);
  const level = useLevelName(bands)(found.level);
  const area = areas.find((one) => one.id === found.area_ids[0]);
  const factors = [...found.factors].sort((a, b) => b.adds - a.adds);
  if (!found.known) return <EmptyState text={t("riskNotKept")} />;
  return (
    <div className="why">
      <h2>
        {found.cell === null && area
          ? t("whyArea", { area: pick(area, "name"), level })
          : t("whyCell", { level })}
      </h2>
      <p className="mark-row">
        {band && band.level > 0 && (
          <span className="why-level" style={{ background: band.hex, color: band.text_on_hex }}>
            {level}
          </span>
        )}
        <span className="num">{t("whyScore", { score: number(found.score, language, 1) })}</span>
        <span className="muted">{t("whyAt", { time: clock(found.at) })}</span>
      </p>
      {area && found.cell !== null && <p className="muted">{pick(area, "name")}</p>}
      <h3>{t("whyFactors")}</h3>
      {factors.length === 0 ? (
        <p className="muted">{t("whyNone")}</p>
      ) : (
        <ol className="why-factors">
          {factors.map((weighed) => (
            <Factor key={weighed.factor.id} weighed={weighed} of={found.enterprise_id} />
          ))}
        </ol>
      )}
      {found.silent.length > 0 && (
        <>
          <h3>{t("whySilent")}</h3>
          <ul className="why-factors">
            {found.silent.map((factor) => (
              <li key={factor.id}>
                <FactorText factor={factor} of={found.enterprise_id} />
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="muted why-formula">{pick(found, "formula")}</p>
    </div>
  );
}

function Factor({ weighed, of }: { weighed: WeighedFactor; of: number }) {
  const t = useWords(words);
  const { language } = useLanguage();
  return (
    <li>
      <FactorText factor={weighed.factor} of={of} />
      <span className="why-weight num">
        {t("whyAdds", { n: number(weighed.adds, language, 1) })}
        {weighed.share !== null && ` · ${t("whyShare", { n: percent(weighed.share) })}`}
      </span>
    </li>
  );
}

const PAGES: Record<string, (id: string, enterprise: number) => string> = {
  channel: (id) => `/live/channels/${id}`,
  hazard: (id) => `/hazards/${id}`,
  permit: (id, enterprise) => `/live/permits?enterprise=${enterprise}&permit=${id}`,
};

/** A factor of the enterprise `of`, with the way to its page. */
function FactorText({ factor, of }: { factor: RiskFactor; of: number }) {
  const t = useWords(words);
  const pick = usePick();
  const [kind, id] = factor.link.split(":");
  const page = kind && id ? PAGES[kind]?.(id, of) : undefined;
  return (
    <div>
      <strong>{pick(factor, "why")}</strong> {factor.synthetic && <SyntheticTag />}
      <div className="muted why-source">
        <span>{t("whySince", { time: clock(factor.since) })}</span>
        {factor.source && <span>{factor.source}</span>}
        {page && <Link to={page}>{t("whyOpen")}</Link>}
      </div>
    </div>
  );
}
