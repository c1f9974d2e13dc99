import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useRef, useState } from "react";
import { get } from "@/app/client";
import { percent } from "@/app/format";
import { useWords } from "@/app/i18n";
import { Loaded } from "@/app/states";
import type { AttributionLink, AttributionSpan, CaseAttribution, CauseFactor } from "@/app/types";
import { COLUMNS, type Column, columns, curve, joined, pieces } from "./chain";
import { words } from "./words";
import "./attribution.css";

interface AttributionProps {
  caseId: string;
  narrative: string;
  /** Whether the case stays on screen long enough to ask the server. */
  wanted: boolean;
}

/** What a case's narrative tells: causes of the five kinds, and the chain from cause to injury. */
export function Attribution({ caseId, narrative, wanted }: AttributionProps) {
  const t = useWords(words);
  const found = useQuery({
    queryKey: ["case-attribution", caseId],
    enabled: wanted,
    queryFn: ({ signal }) => get<CaseAttribution>(`/cases/${encodeURIComponent(caseId)}/attribution`, signal),
  });
  return (
    <section className="attribution" aria-label={t("title")}>
      <h3>{t("title")}</h3>
      {wanted && (
        <Loaded of={found} rows={4}>
          {(told) =>
            told.spans.length === 0 ? (
              <p className="muted">{t("none")}</p>
            ) : (
              <Told key={caseId} told={told} narrative={narrative} />
            )
          }
        </Loaded>
      )}
    </section>
  );
}

function Told({ told, narrative }: { told: CaseAttribution; narrative: string }) {
  const t = useWords(words);
  const [picked, setPicked] = useState<number | null>(null);
  const [factor, setFactor] = useState<CauseFactor | null>(null);
  const toggle = (place: number) => setPicked(picked === place ? null : place);
  const lit = (place: number) =>
    factor === null || told.spans[place]?.factors.some((one) => one.factor === factor) === true;
  return (
    <>
      <FactorChips told={told} factor={factor} onFactor={setFactor} />
      <p className="attribution-text">
        {pieces(narrative, told.spans).map((piece) =>
          piece.span < 0 ? (
            <span key={piece.start}>{piece.text}</span>
          ) : (
            <mark
              key={piece.start}
              className={`told told-${told.spans[piece.span]?.kind}${piece.span === picked ? " told-picked" : ""}${lit(piece.span) ? "" : " told-dim"}`}
            >
              {piece.text}
            </mark>
          ),
        )}
      </p>
      <Chain told={told} picked={picked} onPick={toggle} lit={lit} />
      <p className="attribution-why" role="status">
        {picked === null ? <span className="muted">{t("pickOne")}</span> : <Why told={told} place={picked} />}
      </p>
      <p className="muted attribution-note">
        {told.calibrated ? t("calibrated", { model: told.model }) : t("uncalibrated")}
      </p>
    </>
  );
}

interface FactorChipsProps {
  told: CaseAttribution;
  factor: CauseFactor | null;
  onFactor: (factor: CauseFactor | null) => void;
}

/** The five kinds; a kind that is told can be pressed to mark its causes. */
function FactorChips({ told, factor, onFactor }: FactorChipsProps) {
  const t = useWords(words);
  return (
    <fieldset className="factor-chips" aria-label={t("factors")}>
      {told.factors.map((one) => {
        const known = told.spans.some((span) => span.factors.some((guess) => guess.factor === one.factor));
        return (
          <button
            key={one.factor}
            type="button"
            className="factor-chip"
            disabled={!known}
            aria-pressed={factor === one.factor}
            title={t("factorHint", { name: t(one.factor), share: strength(t, told, one.probability) })}
            onClick={() => onFactor(factor === one.factor ? null : one.factor)}
          >
            <span>{t(one.factor)}</span>
            <span className="factor-bar" aria-hidden="true">
              <i style={{ width: `${Math.round(100 * one.probability)}%` }} />
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}

type Say = ReturnType<typeof useWords<typeof words>>;

/** A share where it is calibrated, else a word: an uncalibrated number would promise too much. */
function strength(t: Say, told: CaseAttribution, confidence: number): string {
  if (told.calibrated) return percent(confidence);
  return t(confidence >= 0.8 ? "strong" : confidence >= 0.5 ? "medium" : "weak");
}

interface ChainProps {
  told: CaseAttribution;
  picked: number | null;
  onPick: (place: number) => void;
  lit: (place: number) => boolean;
}

const HEADS: Record<Column, "cause" | "event" | "injury"> = {
  cause: "cause",
  event: "event",
  result: "injury",
};

/** Cause → event → injury: a column each, joined by curves; each step is a button. */
function Chain({ told, picked, onPick, lit }: ChainProps) {
  const t = useWords(words);
  const box = useRef<HTMLDivElement>(null);
  const paths = useCurves(box, told.links);
  const placed = columns(told.spans);
  const near = picked === null ? new Set<number>() : joined(picked, told.links);
  return (
    <div className="chain" ref={box}>
      <svg className="chain-lines" aria-hidden="true">
        <defs>
          <marker
            id="chain-head"
            viewBox="0 0 6 6"
            refX="3"
            refY="3"
            markerWidth="6"
            markerHeight="6"
            orient="auto"
          >
            <path d="M0,0 L6,3 L0,6 Z" fill="currentColor" />
          </marker>
        </defs>
        {paths.map((path) => (
          <path key={path} d={path} markerEnd="url(#chain-head)" />
        ))}
      </svg>
      {COLUMNS.map((column) => (
        <div key={column} className="chain-column">
          <h4>{t(HEADS[column])}</h4>
          {placed[column].length === 0 && <p className="muted">{t("chainNone")}</p>}
          {placed[column].map((place) => (
            <ChainStep
              key={place}
              place={place}
              span={told.spans[place] as AttributionSpan}
              pressed={place === picked}
              near={near.has(place)}
              dim={!lit(place)}
              onPick={onPick}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface ChainStepProps {
  place: number;
  span: AttributionSpan;
  pressed: boolean;
  near: boolean;
  dim: boolean;
  onPick: (place: number) => void;
}

function ChainStep({ place, span, pressed, near, dim, onPick }: ChainStepProps) {
  const t = useWords(words);
  const best = span.factors[0];
  return (
    <button
      type="button"
      data-place={place}
      className={`chain-step told-${span.kind}${near ? " chain-near" : ""}${dim ? " told-dim" : ""}`}
      aria-pressed={pressed}
      onClick={() => onPick(place)}
    >
      {best && <b className="chain-factor">{t(best.factor)}</b>}
      {span.kind === "damage" && <b className="chain-factor">{t("damage")}</b>}
      <span>{span.text}</span>
    </button>
  );
}

/** The curves between steps, measured anew whenever the box changes its size. */
function useCurves(box: React.RefObject<HTMLDivElement | null>, links: readonly AttributionLink[]): string[] {
  const [paths, setPaths] = useState<string[]>([]);
  useLayoutEffect(() => {
    const frame = box.current;
    if (!frame) return undefined;
    const measure = () => {
      const zero = frame.getBoundingClientRect();
      const place = (at: number) => {
        const found = frame.querySelector(`[data-place="${at}"]`)?.getBoundingClientRect();
        return (
          found && {
            left: found.left - zero.left,
            right: found.right - zero.left,
            top: found.top - zero.top,
            bottom: found.bottom - zero.top,
          }
        );
      };
      setPaths(
        links.flatMap((link) => {
          const [from, to] = [place(link.source), place(link.target)];
          return from && to ? [curve(from, to)] : [];
        }),
      );
    };
    const watch = new ResizeObserver(measure);
    watch.observe(frame);
    measure();
    return () => watch.disconnect();
  }, [box, links]);
  return paths;
}

/** What a step rests on, and what it led to. */
function Why({ told, place }: { told: CaseAttribution; place: number }) {
  const t = useWords(words);
  const span = told.spans[place];
  if (!span) return null;
  const led = told.links
    .filter((link) => link.source === place)
    .map((link) => told.spans[link.target]?.text ?? "");
  return (
    <>
      <b>{t(span.kind)}</b> ·{" "}
      {told.calibrated
        ? t("told", { share: strength(t, told, span.confidence) })
        : strength(t, told, span.confidence)}
      {span.factors.map((one) => (
        <span key={one.factor}>
          {" · "}
          {t(one.factor)} {percent(one.probability)}
          {one.words.length > 0 && (
            <span className="muted"> {t("wordsOf", { words: one.words.join(" ") })}</span>
          )}
        </span>
      ))}
      {led.length > 0 && <span> · {t("leadsTo", { text: led.join(" / ") })}</span>}
      <span className="muted"> · {t("why", { why: span.why.join(" ") })}</span>
    </>
  );
}
