import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { usePhone } from "@/app/device";
import { useEither, usePick, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import type { Campaign } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { AgreementPanel } from "./AgreementPanel";
import { BlindDesk } from "./BlindDesk";
import { NewCampaignDialog } from "./NewCampaignDialog";
import { useCampaigns } from "./queries";
import { words } from "./words";

/** Cases that two people code blind: the campaigns, what is left for oneself, and how well the two agree. */
export default function CampaignPage() {
  const t = useWords(words);
  const { id } = useParams();
  const phone = usePhone();
  const navigate = useNavigate();
  const may = useMay("cases.campaign");
  const list = useCampaigns();
  const [opening, setOpening] = useState(false);
  const chosen = list.data?.find((one) => String(one.id) === id);
  return (
    <div className="page">
      <div className="page-head desk-head">
        <h1>{t("campaigns")}</h1>
        <span className="muted desk-lead">{t("campaignsLead")}</span>
        <span className="desk-links">
          {may && (
            <Button type="primary" size="small" onClick={() => setOpening(true)}>
              {t("campaignNew")}
            </Button>
          )}
          <Link to="/cases">{t("title")}</Link>
        </span>
      </div>
      <div className="split">
        {(!phone || !chosen) && (
          <section className="panel" aria-label={t("campaigns")}>
            <Loaded of={list} rows={6}>
              {(rows) =>
                rows.length === 0 ? (
                  <EmptyState text={t("campaignsNone")} />
                ) : (
                  <ul className="item-list">
                    {rows.map((row) => (
                      <li key={row.id}>
                        <CampaignItem
                          row={row}
                          isOpen={row.id === chosen?.id}
                          onOpen={() => navigate(`/cases/campaigns/${row.id}`)}
                        />
                      </li>
                    ))}
                  </ul>
                )
              }
            </Loaded>
          </section>
        )}
        {chosen ? (
          <section className="panel" aria-label={chosen.title}>
            {phone && (
              <Button
                type="link"
                className="back-link"
                icon={<ArrowLeftOutlined />}
                onClick={() => navigate("/cases/campaigns")}
              >
                {t("back")}
              </Button>
            )}
            <h2 className="detail-title">{chosen.title}</h2>
            {chosen.role !== "reader" && <BlindDesk key={chosen.id} campaign={chosen} />}
            <AgreementPanel campaign={chosen} />
          </section>
        ) : (
          !phone && (
            <section className="panel">
              <EmptyState text={t("campaignPick")} />
            </section>
          )
        )}
      </div>
      {opening && (
        <NewCampaignDialog
          onClose={() => setOpening(false)}
          onMade={(made) => navigate(`/cases/campaigns/${made.id}`)}
        />
      )}
    </div>
  );
}

function CampaignItem({ row, isOpen, onOpen }: { row: Campaign; isOpen: boolean; onOpen: () => void }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const coders = [
    { person: row.first_coder, n: row.coded_first },
    { person: row.second_coder, n: row.coded_second },
  ];
  return (
    <button
      type="button"
      className={isOpen ? "item item-open" : "item"}
      aria-current={isOpen || undefined}
      onClick={onOpen}
    >
      <span className="item-top">
        <strong>{row.title}</strong>
      </span>
      <span className="item-line muted">
        <span>{pick({ name_zh: row.facet_zh, name_en: row.facet_en }, "name")}</span>
        {coders.map(({ person, n }) => (
          <span className="num" key={person.id}>
            {t("coded", { name: either(person.name, person.name_en), n, all: row.cases })}
          </span>
        ))}
        <span className="num">{t("disputedN", { n: row.disputed })}</span>
      </span>
    </button>
  );
}
