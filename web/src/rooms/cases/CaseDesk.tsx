import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Tabs } from "antd";
import { useEffect, useState } from "react";
import { day, number, percent } from "@/app/format";
import { useLanguage, usePick, useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { CaseDetail, DecidingWord, Facet } from "@/app/types";
import { Attribution } from "./attribution/Attribution";
import { FacetPanel } from "./FacetPanel";
import { KeyHints } from "./KeyHints";
import { segments } from "./narrative";
import { useCase, useDecidingWords } from "./queries";
import { SimilarCases } from "./SimilarCases";
import { words } from "./words";

const STAYS_MS = 400;

/** Whoever clears a queue at speed passes cases by; what costs more is asked for where one stays. */
function useStays(): boolean {
  const [stays, setStays] = useState(false);
  useEffect(() => {
    const pause = setTimeout(() => setStays(true), STAYS_MS);
    return () => clearTimeout(pause);
  }, []);
  return stays;
}

interface CaseDeskProps {
  id: string;
  facet: string | null;
  onDecided: (() => void) | undefined;
  onStep: (by: number) => void;
  onBack: (() => void) | undefined;
  onUndo: (() => void) | undefined;
}

export function CaseDesk({ id, facet, onDecided, onStep, onBack, onUndo }: CaseDeskProps) {
  const t = useWords(words);
  const found = useCase(id);
  return (
    <section className="panel detail-panel" aria-label={t("detail")}>
      <div className="desk-bar">
        {onBack && (
          <Button type="link" className="back-link" icon={<ArrowLeftOutlined />} onClick={onBack}>
            {t("back")}
          </Button>
        )}
        <KeyHints />
        <span className="desk-steps">
          {onUndo && (
            <Button size="small" onClick={onUndo}>
              {t("undo")}
            </Button>
          )}
          <Button size="small" onClick={() => onStep(-1)}>
            {t("previous")}
          </Button>
          <Button size="small" onClick={() => onStep(1)}>
            {t("next")}
          </Button>
        </span>
      </div>
      <Loaded of={found} rows={12}>
        {(data) => <CaseInHand key={`${id}/${facet}`} found={data} wanted={facet} onDecided={onDecided} />}
      </Loaded>
    </section>
  );
}

interface CaseInHandProps {
  found: CaseDetail;
  wanted: string | null;
  onDecided: (() => void) | undefined;
}

function firstToDecide(facets: Facet[], wanted: string | null): string {
  const asked = facets.find((one) => one.facet === wanted);
  const open = facets.find((one) => one.state === "review");
  return (asked ?? open ?? facets[0])?.facet ?? "";
}

function CaseInHand({ found, wanted, onDecided }: CaseInHandProps) {
  const t = useWords(words);
  const pick = usePick();
  const [key, setKey] = useState(() => firstToDecide(found.facets, wanted));
  const facet = found.facets.find((one) => one.facet === key) ?? found.facets[0];
  const [looked, setLooked] = useState<string | null>(null);
  const stays = useStays();
  const asked = useDecidingWords(String(found.id), facet?.facet, looked);
  // Until the words of the code that is looked at come, those of the first suggestion stay.
  const marks = looked && asked.data ? asked.data : (facet?.evidence ?? []);
  return (
    <>
      <div className="page-head">
        <h2 className="detail-title">{found.enterprise_name}</h2>
        {found.synthetic && <SyntheticTag />}
      </div>
      <CaseFacts found={found} />
      <Narrative narrative={found.narrative} marks={marks} of={looked && asked.data ? looked : null} />
      {found.facets.length > 1 && (
        <Tabs
          size="small"
          activeKey={facet?.facet}
          onChange={setKey}
          items={found.facets.map((one) => ({
            key: one.facet,
            label: `${pick({ name_zh: one.facet_zh, name_en: one.facet_en }, "name")} · ${t(one.state)}`,
          }))}
        />
      )}
      {facet && (
        <FacetPanel
          key={facet.facet}
          caseId={String(found.id)}
          facet={facet}
          onDecided={onDecided}
          onLook={setLooked}
        />
      )}
      <Attribution caseId={String(found.id)} narrative={found.narrative} wanted={stays} />
      <SimilarCases caseId={String(found.id)} wanted={stays} />
    </>
  );
}

function CaseFacts({ found }: { found: CaseDetail }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const facts: [label: string, value: string][] = [
    [t("occurred"), found.occurred_on ? day(found.occurred_on) : ""],
    [t("reported"), found.reported_on ? day(found.reported_on) : ""],
    [t("place"), found.place],
    [t("job"), found.job],
    [t("equipment"), found.equipment],
    [t("lostDays"), found.lost_days === null ? "" : number(found.lost_days, language)],
    [t("deaths"), found.deaths ? number(found.deaths, language) : ""],
    [t("caseId"), String(found.id)],
  ];
  return (
    <dl className="pairs pairs-inline">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

interface NarrativeProps {
  narrative: string;
  marks: DecidingWord[];
  /** The code that the marks speak for, where it isn't the first suggestion. */
  of: string | null;
}

function Narrative({ narrative, marks, of }: NarrativeProps) {
  const t = useWords(words);
  const parts = segments(narrative, marks);
  const marked = parts.some((part) => part.strength > 0);
  return (
    <>
      <h3>
        {t("narrative")}{" "}
        <small className="muted">
          {of ? t("wordsOf", { code: of }) : marked ? t("marksWhy") : t("marksNone")}
        </small>
      </h3>
      <p className="narrative">
        {parts.map((part) =>
          part.strength > 0 ? (
            <mark
              key={part.start}
              title={t("weight", { share: percent(part.weight) })}
              style={{
                backgroundColor: `rgb(15 95 99 / ${(0.06 + 0.2 * part.strength).toFixed(3)})`,
                borderBottomWidth: 1 + Math.round(2 * part.strength),
              }}
            >
              {part.text}
            </mark>
          ) : (
            <span key={part.start}>{part.text}</span>
          ),
        )}
      </p>
    </>
  );
}
