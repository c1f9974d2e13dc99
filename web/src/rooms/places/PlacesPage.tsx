import { PlusOutlined, PrinterOutlined } from "@ant-design/icons";
import { Alert, Button, Select } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { EmptyState, Loaded } from "@/app/states";
import type { Place, PlacesOf } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { useEnterprises } from "@/rooms/profiles/queries";
import { AreaFacts, AreaForm } from "./AreaForm";
import type { Outline } from "./outline";
import { PlanCanvas } from "./PlanCanvas";
import { PlanDialog } from "./PlanDialog";
import { usePlaces, useWaiting } from "./queries";
import { words } from "./words";
import "./places.css";

/** Areas of an enterprise: a list, the plan they are drawn on, and their codes. */
export default function PlacesPage() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const [typed, setTyped] = useState("");
  const seesRegion = useMay("region.read");
  const list = useEnterprises({ q: typed.trim(), industry: "", colour: "", sort: "rank", page: 1 });
  const own = seesRegion ? "" : String(list.data?.items[0]?.id ?? "");
  const id = search.get("enterprise") ?? own;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("title")}</h1>
        <span className="muted">{t("lead")}</span>
      </div>
      {seesRegion && (
        <Select
          className="places-choose"
          showSearch={{ filterOption: false, onSearch: setTyped }}
          value={id || null}
          placeholder={t("choose")}
          aria-label={t("choose")}
          options={(list.data?.items ?? []).map((row) => ({ value: String(row.id), label: row.name }))}
          onChange={(value: string) => setSearch({ enterprise: value })}
        />
      )}
      {id ? (
        <Places key={id} id={id} />
      ) : (
        <Loaded of={list}>{() => <EmptyState text={t(seesRegion ? "chooseWhy" : "noEnterprise")} />}</Loaded>
      )}
    </div>
  );
}

function Places({ id }: { id: string }) {
  const found = usePlaces(id);
  return (
    <Loaded of={found} rows={12}>
      {(places) => <Editor places={places} />}
    </Loaded>
  );
}

interface InHand {
  area: Place | null;
  planId: number | null;
  outline: Outline;
  drawing: boolean;
}

function Editor({ places }: { places: PlacesOf }) {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const [hand, setHand] = useState<InHand | null>(null);
  const open = Number.parseInt(search.get("area") ?? "", 10) || null;
  const shown = places.areas.find((area) => area.id === open) ?? null;
  const choose = (area: number | null) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (area === null) after.delete("area");
      else after.set("area", String(area));
      return after;
    });
  const begin = (area: Place | null) =>
    setHand({
      area,
      planId: area ? area.plan_id : (places.plans[0]?.id ?? null),
      outline: area?.outline ?? [],
      drawing: false,
    });
  const change = (part: Partial<InHand>) => setHand((before) => (before ? { ...before, ...part } : before));
  return (
    <div className="places-grid">
      <AreaList
        places={places}
        open={open}
        onOpen={(area) => {
          setHand(null);
          choose(area);
        }}
        onAdd={() => {
          choose(null);
          begin(null);
        }}
      />
      <div className="stack">
        <PlanPanel
          places={places}
          open={open}
          hand={hand}
          planId={hand ? hand.planId : (shown?.plan_id ?? places.plans[0]?.id ?? null)}
          onOpen={choose}
          onChange={change}
        />
        {hand ? (
          <section className="panel" aria-labelledby="area-title">
            <div className="panel-head">
              <h2 id="area-title">{t(hand.area ? "edit" : "fresh")}</h2>
            </div>
            <AreaForm
              key={hand.area?.id ?? "fresh"}
              places={places}
              area={hand.area}
              planId={hand.planId}
              outline={hand.outline}
              drawing={hand.drawing}
              onDraw={() => change({ drawing: true, outline: [] })}
              onClear={() => change({ drawing: false, outline: [] })}
              onPlan={(planId) => change({ planId, outline: [], drawing: false })}
              onDone={(kept) => {
                setHand(null);
                choose(kept);
              }}
            />
          </section>
        ) : (
          shown && <Facts area={shown} mayManage={places.may_manage} onEdit={() => begin(shown)} />
        )}
      </div>
    </div>
  );
}

function Facts({ area, mayManage, onEdit }: { area: Place; mayManage: boolean; onEdit: () => void }) {
  const pick = usePick();
  return (
    <section className="panel" aria-labelledby="area-title">
      <div className="panel-head">
        <h2 id="area-title">{pick(area, "name")}</h2>
        {area.synthetic && <SyntheticTag />}
      </div>
      <AreaFacts key={area.id} area={area} mayManage={mayManage} onEdit={onEdit} />
    </section>
  );
}

interface AreaListProps {
  places: PlacesOf;
  open: number | null;
  onOpen: (id: number) => void;
  onAdd: () => void;
}

function AreaList({ places, open, onOpen, onAdd }: AreaListProps) {
  const t = useWords(words);
  const pick = usePick();
  const enterprise = String(places.enterprise_id);
  const waiting = useWaiting(enterprise, places.may_manage);
  return (
    <section className="panel" aria-labelledby="areas-title">
      <div className="panel-head">
        <h2 id="areas-title">{t("areas")}</h2>
        <span className="muted num">{t("count", { n: places.areas.length })}</span>
        {places.synthetic && <SyntheticTag />}
      </div>
      {places.may_manage && (
        <div className="places-tools">
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={onAdd}>
            {t("add")}
          </Button>
          {places.areas.length > 0 && (
            <Link to={`/places/print?enterprise=${enterprise}`}>
              <Button icon={<PrinterOutlined aria-hidden />}>{t("print")}</Button>
            </Link>
          )}
        </div>
      )}
      {waiting.data && waiting.data.length > 0 && (
        <Alert
          className="gap-below-small"
          type="info"
          title={t("waiting", { n: waiting.data.length })}
          description={
            <>
              {t("waitingWhy")}
              <ul className="places-waiting">
                {waiting.data.slice(0, 5).map((one) => (
                  <li key={one.id}>{one.words}</li>
                ))}
              </ul>
            </>
          }
        />
      )}
      {places.areas.length === 0 ? (
        <EmptyState text={t(places.may_manage ? "none" : "noneRead")} />
      ) : (
        <ul className="item-list">
          {places.areas.map((area) => (
            <li key={area.id}>
              <button
                type="button"
                className={area.id === open ? "item item-open" : "item"}
                aria-current={area.id === open || undefined}
                onClick={() => onOpen(area.id)}
              >
                <span className="item-top">
                  <strong>{pick(area, "name")}</strong>
                  {area.closed && <span className="places-closed">{t("closed")}</span>}
                </span>
                <span className="item-line muted">
                  <span>{area.key}</span>
                  <span>{t(area.kind)}</span>
                  <span>{area.team_name ?? t("noTeam")}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface PlanPanelProps {
  places: PlacesOf;
  open: number | null;
  hand: InHand | null;
  planId: number | null;
  onOpen: (id: number) => void;
  onChange: (part: Partial<InHand>) => void;
}

function PlanPanel({ places, open, hand, planId, onOpen, onChange }: PlanPanelProps) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  const [dialog, setDialog] = useState<"add" | "edit" | null>(null);
  const plan = places.plans.find((one) => one.id === planId) ?? null;
  const hint = hand ? t(hand.drawing ? "drawHint" : "moveHint") : t("clickHint");
  return (
    <section className="panel" aria-labelledby="plan-title">
      <div className="panel-head">
        <h2 id="plan-title">
          {plan ? pick({ name_zh: plan.name, name_en: plan.name_en }, "name") : t("plan")}
        </h2>
        {plan && (
          <span className="muted num">
            {plan.metres_wide === null
              ? t("notLocated")
              : t("located", { m: number(Math.round(plan.metres_wide), language) })}
          </span>
        )}
        {places.may_manage && (
          <span className="panel-tools places-plan-tools">
            {plan && (
              <Button size="small" onClick={() => setDialog("edit")}>
                {t("editPlan")}
              </Button>
            )}
            <Button size="small" onClick={() => setDialog("add")}>
              {t("addPlan")}
            </Button>
          </span>
        )}
      </div>
      {plan ? (
        <>
          <PlanCanvas
            plan={plan}
            areas={places.areas.filter((area) => area.plan_id === plan.id)}
            open={open}
            edited={hand?.outline ?? null}
            drawing={hand?.drawing ?? false}
            onOpen={onOpen}
            onChange={(outline) => onChange({ outline })}
            onDrawn={() => onChange({ drawing: false })}
          />
          <p className="muted plan-hint" aria-live="polite">
            {hint}
          </p>
        </>
      ) : (
        <EmptyState text={t("noPlan")}>
          <span className="muted">{t("noPlanWhy")}</span>
        </EmptyState>
      )}
      {dialog && (
        <PlanDialog
          places={places}
          plan={dialog === "edit" ? plan : null}
          onDone={(kept) => {
            setDialog(null);
            if (kept !== null) onChange({ planId: kept });
          }}
        />
      )}
    </section>
  );
}
