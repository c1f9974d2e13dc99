import { Drawer } from "antd";
import { usePhone } from "@/app/device";
import { percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { Probability, RiskMark, SyntheticTag } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { Point } from "@/app/types";
import { useMay } from "@/rooms/accounts/session";
import { OpenHazard } from "@/rooms/hazards/OpenHazard";
import { AnswerForm } from "./AnswerForm";
import { Answers, Evidence } from "./Evidence";
import { placeOf } from "./place";
import { usePoint } from "./queries";
import { StatusMark } from "./StatusMark";
import { words } from "./words";

interface EvidenceDrawerProps {
  pointId: string | null;
  enterpriseId: string;
  onClose: () => void;
}

/** Why the machine says so, and what the person on site says. */
export function EvidenceDrawer({ pointId, enterpriseId, onClose }: EvidenceDrawerProps) {
  const t = useWords(words);
  const pick = usePick();
  const phone = usePhone();
  const point = usePoint(pointId);
  const mayAnswer = useMay("deduction.answer");
  return (
    <Drawer
      open={pointId !== null}
      onClose={onClose}
      size={phone ? "100%" : 620}
      destroyOnHidden
      title={point.data ? pick(point.data, "title") : t("evidence")}
      classNames={{ section: "evidence-drawer" }}
      footer={
        pointId !== null && point.data && mayAnswer ? (
          <AnswerForm key={pointId} pointId={pointId} enterpriseId={enterpriseId} />
        ) : null
      }
    >
      <Loaded of={point} rows={12}>
        {(data) => (
          <>
            <PointSummary point={data} />
            {!mayAnswer && <p className="muted">{t("mayNot")}</p>}
            {data.status === "confirmed" && <OpenHazard from="point" id={data.id} />}
            <Answers answers={data.answers} />
            <Evidence point={data} />
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

function PointSummary({ point }: { point: Point }) {
  const t = useWords(words);
  const pick = usePick();
  const { lec } = point;
  const place = placeOf(point, useEither());
  const severity = point.severity in words ? t(point.severity as keyof typeof words) : point.severity;
  return (
    <div className="point-summary">
      <div className="mark-row">
        <RiskMark colour={lec.colour} />
        <StatusMark status={point.status} />
        {point.synthetic && <SyntheticTag />}
      </div>
      <dl className="pairs">
        {place && (
          <div>
            <dt>{t("where")}</dt>
            <dd>{place}</dd>
          </div>
        )}
        <div>
          <dt title={t("probabilityWhy")}>{t("probability")}</dt>
          <dd>
            <Probability value={point.probability} label={percent(point.probability, 1)} />
          </dd>
        </div>
        <div>
          <dt>{t("lec")}</dt>
          <dd className="num">
            {lec.likelihood} × {lec.exposure} × {lec.consequence} = <b>{Math.round(lec.score)}</b>
          </dd>
        </div>
        {point.accident_type && (
          <div>
            <dt>{t("type")}</dt>
            <dd>{pick(point, "accident_type") || point.accident_type}</dd>
          </div>
        )}
        <div>
          <dt>{t("severity")}</dt>
          <dd>{severity}</dd>
        </div>
      </dl>
    </div>
  );
}
