import { Button } from "antd";
import { useState } from "react";
import { moment } from "@/app/format";
import { useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { AgreementCard } from "./AgreementCard";
import { ProposeDialog } from "./ProposeDialog";
import { useAgreements } from "./queries";
import { Watermark } from "./Watermark";
import { words } from "./words";

/** Agreements by which organisations share data: propose, answer, see who read, revoke. */
export default function SharingPage() {
  const t = useWords(words);
  const shares = useMay("privacy.share");
  const agreements = useAgreements();
  const [proposing, setProposing] = useState(false);
  return (
    <Watermark>
      <div className="page">
        <div className="page-head">
          <h1>{t("sharingTitle")}</h1>
          <span className="muted">{t("sharingLead")}</span>
        </div>
        <section className="panel" aria-label={t("sharingTitle")}>
          {shares && (
            <p>
              <Button type="primary" onClick={() => setProposing(true)}>
                {t("propose")}
              </Button>
            </p>
          )}
          <Loaded of={agreements} rows={6}>
            {(data) =>
              data.length === 0 ? (
                <EmptyState text={t("noAgreements")} />
              ) : (
                <ul className="cards">
                  {data.map((one) => (
                    <li key={`${one.id} ${moment(one.until)}`} className="card agreement">
                      <AgreementCard agreement={one} />
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </section>
        {proposing && <ProposeDialog onClose={() => setProposing(false)} />}
      </div>
    </Watermark>
  );
}
