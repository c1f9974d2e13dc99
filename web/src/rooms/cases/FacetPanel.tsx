import { App, Button, Input, Select } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useRef, useState } from "react";
import { moment, percent } from "@/app/format";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { Probability } from "@/app/marks";
import { useErrorText } from "@/app/states";
import type { CodeSuggestion, Facet } from "@/app/types";
import { words as shared } from "@/app/words";
import { useMay } from "@/rooms/accounts/session";
import { useCodes, useDecide } from "./queries";
import { words } from "./words";

interface FacetPanelProps {
  caseId: string;
  facet: Facet;
  onDecided: (() => void) | undefined;
  /** The suggestion a person points at or stands on; null for none. */
  onLook: (code: string | null) => void;
}

/** The suggestions for one facet, and the person's decision. */
export function FacetPanel({ caseId, facet, onDecided, onLook }: FacetPanelProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const may = useMay("cases.decide") && !facet.in_campaign;
  const [correcting, setCorrecting] = useState(false);
  const best = facet.suggestions[0];
  const decide = useDecide(
    caseId,
    // One line that changes: whoever decides once a second must not look at a pile.
    (code) =>
      message.success({
        key: "decided",
        content: t(code === best?.code ? "accepted" : "corrected", { code }),
      }),
    (error) => message.error(t("notKept", { id: caseId, why: errorText(error) })),
  );
  const suspected = facet.suspect?.given;

  const take = (code: string, note: string) => {
    if (!may || decide.isPending) return;
    decide.mutate({ facet: facet.facet, code, note });
    setCorrecting(false);
    onDecided?.(); // the next case stands ready; the server is told meanwhile
  };
  const takeNth = (place: number) => {
    const one = facet.suggestions[place];
    if (one) take(one.code, "");
  };
  const acceptBest = () => best && (facet.state !== "decided" || suspected) && take(best.code, "");
  const numbered = facet.suggestions.map((_, index) => [`${index + 1}`, () => takeNth(index)]);
  useKeys({
    ["Enter"]: acceptBest,
    "0": () => suspected && take(suspected, ""),
    c: () => may && setCorrecting(true),
    ...Object.fromEntries(numbered),
  });

  return (
    <section
      className="facet"
      aria-label={pick({ name_zh: facet.facet_zh, name_en: facet.facet_en }, "name")}
    >
      <h3>
        {pick({ name_zh: facet.facet_zh, name_en: facet.facet_en }, "name")}{" "}
        <small className="muted num">{t("threshold", { share: percent(facet.threshold) })}</small>
      </h3>
      {facet.suspect ? <Suspicion suspect={facet.suspect} /> : <CurrentCode facet={facet} />}
      <Suggestions
        facet={facet}
        enabled={may}
        busy={decide.isPending}
        onTake={(one) => take(one.code, "")}
        onLook={onLook}
      />
      {!may && <p className="muted">{t(facet.in_campaign ? "inCampaign" : "mayNot")}</p>}
      {may && !correcting && (
        <div className="actions">
          {best && (facet.state !== "decided" || suspected) && (
            <Button type="primary" loading={decide.isPending} onClick={() => take(best.code, "")}>
              {t("accept")} <kbd>Enter</kbd>
            </Button>
          )}
          {suspected && (
            <Button onClick={() => take(suspected, "")}>
              {t("keep", { code: suspected })} <kbd>0</kbd>
            </Button>
          )}
          <Button onClick={() => setCorrecting(true)}>
            {t("correct")} <kbd>c</kbd>
          </Button>
        </div>
      )}
      {may && correcting && (
        <Correction
          facet={facet}
          busy={decide.isPending}
          onTake={take}
          onCancel={() => setCorrecting(false)}
        />
      )}
      {Boolean(decide.error) && (
        <p role="alert" className="form-error">
          {errorText(decide.error)}
        </p>
      )}
      <p className="muted model-line">
        {s("model")} {facet.model_version}
      </p>
    </section>
  );
}

function CurrentCode({ facet }: { facet: Facet }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  if (facet.state === "review") return null;
  return (
    <div className="current-code">
      <span className="muted">{t("current")}</span>{" "}
      <b>{facet.code ? `${facet.code} ${pick(facet, "name")}` : t("unknown")}</b>
      <div className="muted">
        {facet.state === "decided" && facet.decided_by
          ? t("decidedBy", {
              name: either(facet.decided_by, facet.decided_by_en ?? ""),
              at: moment(facet.decided_at),
            })
          : t("autoWhy")}
      </div>
      {facet.note && <p>{facet.note}</p>}
    </div>
  );
}

function Suspicion({ suspect }: { suspect: NonNullable<Facet["suspect"]> }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <p className="suspicion">
      {t("suspectWhy", {
        code: `${suspect.given} ${pick(suspect, "given")}`,
        origin: t(suspect.origin === "source" ? "fromSource" : "fromPerson"),
        share: percent(suspect.p_given),
      })}
    </p>
  );
}

interface SuggestionsProps {
  facet: Facet;
  enabled: boolean;
  busy: boolean;
  onTake: (one: CodeSuggestion) => void;
  onLook: (code: string | null) => void;
}

function Suggestions({ facet, enabled, busy, onTake, onLook }: SuggestionsProps) {
  const t = useWords(words);
  const pick = usePick();
  if (facet.suggestions.length === 0) return <p className="muted">{t("suggestionsNone")}</p>;
  return (
    <ol className="suggestions">
      {facet.suggestions.map((one, index) => (
        <li key={one.code}>
          <button
            type="button"
            className={one.code === facet.code ? "suggestion suggestion-current" : "suggestion"}
            disabled={!enabled || busy}
            title={t("acceptThis", { code: `${one.code} ${pick(one, "name")}` })}
            onClick={() => onTake(one)}
            onMouseEnter={() => onLook(one.code)}
            onMouseLeave={() => onLook(null)}
            onFocus={() => onLook(one.code)}
            onBlur={() => onLook(null)}
          >
            <kbd>{index + 1}</kbd>
            <span className="num muted">{one.code}</span>
            <span className="suggestion-name">{pick(one, "name")}</span>
            <Probability value={one.probability} label={percent(one.probability)} />
          </button>
        </li>
      ))}
    </ol>
  );
}

interface CorrectionProps {
  facet: Facet;
  busy: boolean;
  onTake: (code: string, note: string) => void;
  onCancel: () => void;
}

function Correction({ facet, busy, onTake, onCancel }: CorrectionProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const errorText = useErrorText();
  const codes = useCodes(facet.list_key || null);
  // A facet without a standard list is coded with the run's own labels.
  const choices = facet.list_key ? (codes.data ?? []) : facet.suggestions;
  const [code, setCode] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const reason = useRef<TextAreaRef>(null);
  return (
    <form
      className="correction"
      aria-label={t("correct")}
      onSubmit={(event) => {
        event.preventDefault();
        if (code) onTake(code, note.trim());
      }}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <Select
        autoFocus
        defaultOpen
        showSearch={{
          filterOption: (typed, option) => option?.hay.includes(typed.trim().toLowerCase()) ?? false,
        }}
        aria-label={t("pickerHint")}
        placeholder={t("pickerHint")}
        loading={codes.isFetching}
        notFoundContent={codes.error ? errorText(codes.error) : t("pickerNone")}
        value={code}
        onChange={(chosen) => {
          setCode(chosen);
          reason.current?.focus(); // the keyboard goes on to the reason, then to the button
        }}
        options={choices.map((one) => ({
          value: one.code,
          label: `${one.code} ${pick(one, "name")}`,
          hay: `${one.code} ${one.name_zh} ${one.name_en}`.toLowerCase(),
        }))}
      />
      <Input.TextArea
        ref={reason}
        rows={2}
        maxLength={2000}
        aria-label={s("note")}
        placeholder={t("notePlaceholder")}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="actions">
        <Button type="primary" htmlType="submit" disabled={!code} loading={busy}>
          {code ? t("correctThis", { code }) : t("save")}
        </Button>
        <Button onClick={onCancel}>{s("cancel")}</Button>
      </div>
    </form>
  );
}
