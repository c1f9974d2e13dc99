import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Tag } from "antd";
import { Link } from "react-router";
import { moment, percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Measures } from "@/app/Measures";
import { LedgerMark, Probability, RiskMark, SyntheticTag, TierMark } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { WarningDetail } from "@/app/types";
import { words as shared } from "@/app/words";
import { OpenHazard } from "@/rooms/hazards/OpenHazard";
import { Deliveries } from "./Deliveries";
import { MuteLine } from "./MuteList";
import { PlaceView } from "./PlaceView";
import { isEnded, useWarning } from "./queries";
import { Countdown, DueMark, StateMark } from "./StateMark";
import { WarningActions } from "./WarningActions";
import { words } from "./words";

export function WarningDetailPanel({ id, onBack }: { id: string; onBack?: () => void }) {
  const t = useWords(words);
  const warning = useWarning(id);
  return (
    <section className="panel detail-panel" aria-label={t("detail")}>
      {onBack && (
        <Button type="link" className="back-link" icon={<ArrowLeftOutlined />} onClick={onBack}>
          {t("back")}
        </Button>
      )}
      <Loaded of={warning} rows={10}>
        {(data) => <Detail key={data.id} warning={data} />}
      </Loaded>
    </section>
  );
}

function Detail({ warning }: { warning: WarningDetail }) {
  const t = useWords(words);
  const pick = usePick();
  const enterprisePath = `/enterprises/${encodeURIComponent(warning.enterprise_id)}`;
  const point = warning.hazard_point_id;
  return (
    <>
      <div className="mark-row">
        <TierMark tier={warning.tier} />
        <RiskMark colour={warning.colour} />
        <StateMark state={warning.state} />
        {!isEnded(warning.state) && <DueMark due={warning.due_on} overdue={warning.overdue} />}
        <Countdown row={warning} />
        {warning.flapping && <Tag title={t("flappingLead")}>{t("flapping")}</Tag>}
        {warning.synthetic && <SyntheticTag />}
      </div>
      <h2 className="detail-title">{pick(warning, "title")}</h2>
      <p className="detail-links">
        <Link to={enterprisePath} title={t("openEnterprise")}>
          {warning.enterprise_name}
        </Link>
        {point !== null && (
          <Link to={`${enterprisePath}?point=${encodeURIComponent(point)}`}>{t("evidence")}</Link>
        )}
      </p>
      <WarningActions warning={warning} />
      <OpenHazard from="warning" id={warning.id} />
      {warning.mutes.length > 0 && (
        <ul className="mutes">
          {warning.mutes.map((one) => (
            <MuteLine key={one.id} one={one} />
          ))}
        </ul>
      )}
      <h3>{t("reason")}</h3>
      <p>{pick(warning, "reason")}</p>
      <Facts warning={warning} />
      <h3>{t("measures")}</h3>
      {warning.measures.length > 0 ? (
        <Measures measures={warning.measures} />
      ) : (
        <p className="muted">{t("measuresNone")}</p>
      )}
      {pick(warning, "procedure") && (
        <>
          <h3>{t("procedure")}</h3>
          <p className="pre-line">{pick(warning, "procedure")}</p>
        </>
      )}
      {warning.place && <PlaceView place={warning.place} />}
      <Deliveries id={String(warning.id)} />
      <History warning={warning} />
      {warning.earlier.length > 0 && <Earlier ids={warning.earlier} />}
    </>
  );
}

function Earlier({ ids }: { ids: number[] }) {
  const t = useWords(words);
  return (
    <p className="muted">
      {t("earlier")}{" "}
      {ids.map((id) => (
        <Link key={id} to={`/warnings/${id}`} className="earlier-link">
          #{id}
        </Link>
      ))}
    </p>
  );
}

function Facts({ warning }: { warning: WarningDetail }) {
  const t = useWords(words);
  const either = useEither();
  const training = either(warning.training, warning.training_en);
  const route = warning.route in words ? t(warning.route as keyof typeof words) : warning.route;
  return (
    <dl className="pairs">
      {warning.origin === "run" && (
        <div>
          <dt>{t("probability")}</dt>
          <dd>
            <Probability value={warning.probability} label={percent(warning.probability)} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t("route")}</dt>
        <dd>{route}</dd>
      </div>
      {warning.levels > 1 && (
        <div>
          <dt>{t("levelTold")}</dt>
          <dd>{t("levelOf", { n: warning.level + 1, of: warning.levels })}</dd>
        </div>
      )}
      <div>
        <dt>{t("assignee")}</dt>
        <dd>{either(warning.assignee ?? "", warning.assignee_en ?? "") || t("nobody")}</dd>
      </div>
      <div>
        <dt>{t("raisedAt")}</dt>
        <dd className="num">{moment(warning.raised_at)}</dd>
      </div>
      {warning.close_at && (
        <div>
          <dt>{t("closesAt")}</dt>
          <dd className="num">{moment(warning.close_at)}</dd>
        </div>
      )}
      {training && (
        <div>
          <dt>{t("training")}</dt>
          <dd>{training}</dd>
        </div>
      )}
      <div>
        <dt>{t("rule")}</dt>
        <dd className="break">{warning.rule}</dd>
      </div>
    </dl>
  );
}

function History({ warning }: { warning: WarningDetail }) {
  const t = useWords(words);
  const s = useWords(shared);
  const either = useEither();
  const actionName = (action: string) => {
    const key = `did_${action}`;
    return key in words ? t(key as keyof typeof words) : action;
  };
  return (
    <>
      <h3>{t("history")}</h3>
      <ol className="history">
        {warning.history.map((step) => (
          <li key={step.ledger_index + step.action}>
            <div className="record-head">
              <b>{actionName(step.action)}</b>
              <span>{either(step.by ?? "", step.by_en ?? "") || s("product")}</span>
              {step.to && <span>{t("handedTo", { name: either(step.to, step.to_en ?? "") })}</span>}
              <span className="num muted">{moment(step.at)}</span>
              <LedgerMark index={step.ledger_index} />
            </div>
            {step.note && <p>{step.note}</p>}
          </li>
        ))}
      </ol>
    </>
  );
}
