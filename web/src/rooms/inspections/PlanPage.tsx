import { ArrowLeftOutlined, PlayCircleOutlined, PrinterOutlined } from "@ant-design/icons";
import { App, Button, Tooltip } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { number } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { LedgerMark, SyntheticTag } from "@/app/marks";
import { Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { IssueOrder } from "./IssueOrder";
import { useClosePlan, useMakePlan, usePlan } from "./queries";
import { RouteMap } from "./RouteMap";
import { StopPart } from "./StopPart";
import type { Plan } from "./types";
import { words } from "./words";
import "./inspections.css";

/** One plan: the way, each stop, each item and why it is there; printable. */
export default function PlanPage() {
  const { id = "" } = useParams();
  const t = useWords(words);
  const plan = usePlan(id);
  return (
    <div className="page inspections plan-page">
      <Link to="/inspections" className="back-link">
        <ArrowLeftOutlined aria-hidden /> {t("back")}
      </Link>
      <Loaded of={plan} rows={14}>
        {(found) => <Body plan={found} />}
      </Loaded>
    </div>
  );
}

function Body({ plan }: { plan: Plan }) {
  const t = useWords(words);
  const pick = usePick();
  const { language } = useLanguage();
  return (
    <>
      <div className="page-head">
        <h1>{plan.enterprise_name}</h1>
        {plan.synthetic && <SyntheticTag />}
        <span className="muted num">
          {t("planOf", { day: plan.day, n: plan.number })} · {t(`side_${plan.side}`)} ·{" "}
          {t(`state_${plan.state}`)}
        </span>
        <LedgerMark index={plan.ledger_index} />
      </div>
      <PlanTools plan={plan} />
      <section className="panel plan-sum" aria-label={t("route")}>
        <p className="num">
          <b>
            {t("fits", {
              n: plan.items,
              used: plan.used,
              minutes: plan.minutes,
              expected: number(plan.expected, language, 1),
            })}
          </b>{" "}
          <span className="muted">{t("opening", { n: plan.opening })}</span>
        </p>
        <p className="muted num">
          {plan.metres === null ? t("wayUnknown") : t("way", { n: Math.round(plan.metres) })} ·{" "}
          {t("progressOf", { done: plan.answered, all: plan.items })} · {t("findings", { n: plan.findings })}
        </p>
        <RouteMap plan={plan} />
      </section>
      {plan.stops.map((stop) => (
        <StopPart key={stop.id} stop={stop} plan={plan} />
      ))}
      {plan.left_out.length > 0 && (
        <details className="panel plan-left">
          <summary>{t("leftOut", { n: plan.left_out.length })}</summary>
          <ul>
            {plan.left_out.map((one) => (
              <li key={`${one.title_zh} ${one.worth}`}>
                {pick(one, "title")}{" "}
                <span className="muted num">{t("worth", { n: number(one.worth, language, 1) })}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <p className="muted small-print">{t("rules", { v: plan.rules.slice(0, 12) })}</p>
    </>
  );
}

function PlanTools({ plan }: { plan: Plan }) {
  const t = useWords(words);
  const navigate = useNavigate();
  const errorText = useErrorText();
  const { modal } = App.useApp();
  const [ordering, setOrdering] = useState(false);
  const [mayPlan, mayDo, mayOrder] = [
    useMay("inspections.plan"),
    useMay("inspections.do"),
    useMay("inspections.order"),
  ];
  const make = useMakePlan();
  const close = useClosePlan();
  const open = plan.items - plan.answered;
  return (
    <div className="plan-tools">
      {mayDo && plan.state !== "dropped" && (
        <Button
          type="primary"
          size="large"
          icon={<PlayCircleOutlined aria-hidden />}
          onClick={() => navigate(`/inspections/plans/${plan.id}/walk`)}
        >
          {plan.answered > 0 ? t("goOn") : t("walk")}
        </Button>
      )}
      <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
        {t("print")}
      </Button>
      {mayOrder && <Button onClick={() => setOrdering(true)}>{t("issueOrder")}</Button>}
      {mayPlan && (
        <Tooltip title={t("anewWhy")}>
          <Button
            loading={make.isPending}
            onClick={() =>
              make.mutate(
                { enterpriseId: plan.enterprise_id, minutes: plan.minutes, anew: true },
                { onSuccess: (made) => navigate(`/inspections/plans/${made.id}`) },
              )
            }
          >
            {t("anew")}
          </Button>
        </Tooltip>
      )}
      {mayDo && plan.state === "open" && (
        <Button
          loading={close.isPending}
          onClick={() =>
            open > 0
              ? modal.confirm({
                  title: t("end"),
                  content: t("endWhy", { n: open }),
                  okText: t("end"),
                  onOk: () => close.mutateAsync(plan.id).catch(() => undefined),
                })
              : close.mutate(plan.id)
          }
        >
          {t("end")}
        </Button>
      )}
      <Link to={`/enterprises/${plan.enterprise_id}/papers`}>{t("papers")}</Link>
      {(make.error || close.error) && (
        <p role="alert" className="form-error">
          {errorText(make.error ?? close.error)}
        </p>
      )}
      {ordering && <IssueOrder plan={plan} onClose={() => setOrdering(false)} />}
    </div>
  );
}
