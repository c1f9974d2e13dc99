import { ArrowLeftOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Pagination, Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { moment } from "@/app/format";
import { usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { PlacesOf } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { usePlaces } from "@/rooms/places/queries";
import { useChosenEnterprise } from "@/rooms/sensing/LivePage";
import { useNow } from "@/rooms/sensing/useNow";
import { words as live } from "@/rooms/sensing/words";
import { IssueDialog } from "./IssueDialog";
import { PermitStateMark, useLasting, useSpan } from "./marks";
import { CloseDialog, ExtendDialog, SpotDialog } from "./PermitDialogs";
import { PAGE_SIZE, type Permit, usePermits } from "./queries";
import { latestEnd, stateAt } from "./times";
import { words } from "./words";
import "./permits.css";

/** Permits to work of a site: what may be done where now, what is to come, what ran out and what is over. */
export default function PermitsPage() {
  const t = useWords(words);
  const l = useWords(live);
  const { id, chooser, list } = useChosenEnterprise();
  return (
    <div className="page">
      <Link to={id ? `/live?enterprise=${id}` : "/live"} className="permit-back">
        <ArrowLeftOutlined aria-hidden /> {t("back")}
      </Link>
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      {chooser}
      {id ? (
        <Permits key={id} id={id} />
      ) : (
        <Loaded of={list}>{() => <EmptyState text={l(chooser ? "chooseWhy" : "noEnterprise")} />}</Loaded>
      )}
    </div>
  );
}

type Asked = { what: "extend" | "close" | "spot"; permit: Permit } | { what: "issue" };

function Permits({ id }: { id: string }) {
  const t = useWords(words);
  const mayManage = useMay("permits.manage");
  const places = usePlaces(id);
  const [openOnly, setOpenOnly] = useState(false);
  const [page, setPage] = useState(1);
  const [asked, setAsked] = useState<Asked | null>(null);
  const found = usePermits(id, openOnly, page);
  const [search] = useSearchParams();
  const wanted = Number(search.get("permit") ?? 0);
  const last = Math.max(1, Math.ceil((found.data?.total ?? 0) / PAGE_SIZE));
  useEffect(() => {
    if (found.data && page > last) setPage(last); // its only permit was closed meanwhile
  }, [found.data, page, last]);
  return (
    <>
      <div className="permit-controls">
        {mayManage && (
          <Button
            type="primary"
            icon={<PlusOutlined aria-hidden />}
            disabled={!places.data}
            onClick={() => setAsked({ what: "issue" })}
          >
            {t("issue")}
          </Button>
        )}
        <Segmented
          aria-label={t("show")}
          value={openOnly ? "open" : "all"}
          onChange={(to) => {
            setOpenOnly(to === "open");
            setPage(1);
          }}
          options={[
            { value: "all", label: t("all") },
            { value: "open", label: t("openOnly") },
          ]}
        />
        {found.data && <span className="muted num">{t("count", { n: found.data.total })}</span>}
        {!mayManage && <span className="muted">{t("readOnly")}</span>}
      </div>
      <Loaded of={places} rows={8}>
        {(known) => (
          <Loaded of={found} rows={8}>
            {({ items, total }) =>
              total === 0 ? (
                <EmptyState text={t(openOnly ? "noneOpen" : "none")}>
                  {!openOnly && <span className="muted">{t("noneWhy")}</span>}
                </EmptyState>
              ) : (
                <>
                  <ul className={found.isPlaceholderData ? "permit-list stale" : "permit-list"}>
                    {items.map((permit) => (
                      <PermitRow
                        key={permit.id}
                        permit={permit}
                        places={known}
                        wanted={permit.id === wanted}
                        mayManage={mayManage}
                        onAsk={setAsked}
                      />
                    ))}
                  </ul>
                  {total > PAGE_SIZE && (
                    <Pagination
                      className="pager"
                      current={page}
                      pageSize={PAGE_SIZE}
                      total={total}
                      showSizeChanger={false}
                      onChange={setPage}
                    />
                  )}
                </>
              )
            }
          </Loaded>
        )}
      </Loaded>
      {asked && places.data && <Dialog asked={asked} places={places.data} onClose={() => setAsked(null)} />}
    </>
  );
}

function useAreaName(places: PlacesOf) {
  const pick = usePick();
  return (permit: Permit) => {
    const area = places.areas.find((one) => one.id === permit.area_id);
    return area ? pick(area, "name") : permit.area;
  };
}

interface PermitsDialogProps {
  asked: Asked;
  places: PlacesOf;
  onClose: () => void;
}

function Dialog({ asked, places, onClose }: PermitsDialogProps) {
  const areaName = useAreaName(places);
  if (asked.what === "issue") return <IssueDialog places={places} onClose={onClose} />;
  const { permit } = asked;
  if (asked.what === "close")
    return <CloseDialog permit={permit} area={areaName(permit)} onClose={onClose} />;
  if (asked.what === "extend") {
    const latest = latestEnd(permit);
    return (
      latest && <ExtendDialog permit={permit} area={areaName(permit)} latest={latest} onClose={onClose} />
    );
  }
  const area = places.areas.find((one) => one.id === permit.area_id);
  const plan = places.plans.find((one) => one.id === area?.plan_id);
  return (
    area &&
    plan && <SpotDialog permit={permit} area={area} areas={places.areas} plan={plan} onClose={onClose} />
  );
}

interface PermitRowProps {
  permit: Permit;
  places: PlacesOf;
  /** What the address asks for: it is shown first, and marked. */
  wanted: boolean;
  mayManage: boolean;
  onAsk: (asked: Asked) => void;
}

function PermitRow({ permit, places, wanted, mayManage, onAsk }: PermitRowProps) {
  const t = useWords(words);
  const pick = usePick();
  const span = useSpan();
  const lasting = useLasting();
  const areaName = useAreaName(places)(permit);
  const now = useNow();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: "center" });
  }, [wanted]);
  const state = stateAt(permit, now);
  const plan = places.areas.find((one) => one.id === permit.area_id)?.plan_id ?? null;
  const left = {
    valid: () => t("leftValid", { time: lasting(Date.parse(permit.ends_at) - now) }),
    waiting: () => t("leftWaiting", { time: lasting(Date.parse(permit.starts_at) - now) }),
    expired: () => t("overFor", { time: lasting(now - Date.parse(permit.ends_at)) }),
    closed: () => t("closedAt", { time: moment(permit.closed_at) }),
  }[state]();
  return (
    <li
      ref={row}
      className={`permit permit-${state}${wanted ? " permit-wanted" : ""}`}
      aria-current={wanted || undefined}
    >
      <div className="permit-what">
        <h2>
          {pick(permit, "kind")} <PermitStateMark state={state} />
        </h2>
        <p className={permit.work ? "break" : "muted"}>{permit.work || t("noWork")}</p>
        {permit.closed_note && <p className="muted break">{t("noteOf", { note: permit.closed_note })}</p>}
      </div>
      <div className="permit-where">
        <p>
          {areaName}{" "}
          {permit.x === null ? (
            <span className="muted">· {t("wholeArea")}</span>
          ) : (
            plan !== null && (
              <Button
                type="link"
                size="small"
                className="permit-link"
                aria-label={t("actionOf", {
                  action: t("showSpot"),
                  kind: pick(permit, "kind"),
                  area: areaName,
                })}
                onClick={() => onAsk({ what: "spot", permit })}
              >
                {t("showSpot")}
              </Button>
            )
          )}
        </p>
        <p className="muted">
          {permit.applied_by ? t("by", { name: permit.applied_by }) : t("byNobody")}{" "}
          {permit.synthetic && <SyntheticTag />}
        </p>
      </div>
      <div className="permit-when num">
        <p>{span(permit.starts_at, permit.ends_at)}</p>
        <p className="permit-left">{left}</p>
        {state === "expired" && <p className="permit-check">{t("checkSite")}</p>}
      </div>
      {mayManage && state !== "closed" && (
        <Actions permit={permit} area={areaName} over={state === "expired"} onAsk={onAsk} />
      )}
    </li>
  );
}

interface ActionsProps {
  permit: Permit;
  area: string;
  over: boolean;
  onAsk: (asked: Asked) => void;
}

function Actions({ permit, area, over, onAsk }: ActionsProps) {
  const t = useWords(words);
  const pick = usePick();
  const label = (action: string) => t("actionOf", { action, kind: pick(permit, "kind"), area });
  return (
    <div className="permit-actions">
      {!over &&
        (latestEnd(permit) ? (
          <Button
            size="small"
            aria-label={label(t("extend"))}
            onClick={() => onAsk({ what: "extend", permit })}
          >
            {t("extend")}
          </Button>
        ) : (
          <span className="muted permit-longest">{t("atLongest")}</span>
        ))}
      <Button
        size="small"
        danger
        aria-label={label(t("closePermit"))}
        onClick={() => onAsk({ what: "close", permit })}
      >
        {t("closePermit")}
      </Button>
    </div>
  );
}
