import { useState } from "react";
import { useLanguage } from "@/app/i18n";
import { type Draft, MOST_WORDS } from "./draft";
import { useSuggestion, useT, useTimes } from "./hooks";
import type { Kind, Place, Similar } from "./types";
import { VoiceNote } from "./VoiceNote";

const CHIPS = 6;
const SIMILAR = 2;

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  place: Place;
  online: boolean;
}

/** What is wrong, in a few words or said aloud; the machine proposes a kind and names like reports, a person decides. */
export function WordsStep({ draft, change, place, online }: Props) {
  const t = useT();
  const suggestion = useSuggestion(draft.token, draft.words, online);
  return (
    <>
      <label className="field">
        <span>{t("wordsLabel")}</span>
        <textarea
          id="report-words"
          rows={3}
          maxLength={MOST_WORDS}
          placeholder={t("wordsHint")}
          value={draft.words}
          onChange={(event) => change({ words: event.target.value })}
        />
      </label>
      {!draft.sameAs && suggestion.similar.length > 0 && (
        <section className="similar" aria-label={t("similarTitle")} role="status">
          <h3>{t("similarTitle")}</h3>
          <ul>
            {suggestion.similar.slice(0, SIMILAR).map((one) => (
              <li key={one.id}>
                <Told similar={one} />
                <button type="button" className="soft" onClick={() => change({ sameAs: one })}>
                  {t("similarAdd")}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {draft.sameAs && (
        <section className="similar taken" aria-label={t("similarAdded")}>
          <h3>{t("similarAdded")}</h3>
          <Told similar={draft.sameAs} />
          <button type="button" className="link" onClick={() => change({ sameAs: null })}>
            {t("similarUndo")}
          </button>
        </section>
      )}
      {place.kinds.length > 0 && (
        <Kinds
          chosen={draft.kind}
          kinds={place.kinds}
          suggested={suggestion.kinds.map((one) => one.key)}
          choose={(kind) => change({ kind })}
        />
      )}
      <VoiceNote voice={draft.voice} change={(voice) => change({ voice })} />
    </>
  );
}

function Told({ similar }: { similar: Similar }) {
  const t = useT();
  const { language } = useLanguage();
  const { at } = useTimes();
  const title = language === "zh" ? similar.title_zh : similar.title_en || similar.title_zh;
  const area = language === "zh" ? similar.area_zh : similar.area_en || similar.area_zh;
  return (
    <p>
      <b>{title}</b>{" "}
      <span className="muted">{[area, t("similarWhen", { time: at(similar.opened_at) })].join(" · ")}</span>
    </p>
  );
}

interface KindsProps {
  chosen: string | null;
  kinds: Kind[];
  /** Keys the machine proposes for the words, the likeliest first. */
  suggested: string[];
  choose: (kind: string | null) => void;
}

/** The kinds that the words suggest come first; the others are one tap away. */
export function orderOf(kinds: Kind[], suggested: string[], chosen: string | null): Kind[] {
  const first = [...(chosen ? [chosen] : []), ...suggested];
  const ahead = [...new Set(first)].flatMap((key) => kinds.filter((one) => one.key === key));
  return [...ahead, ...kinds.filter((one) => !ahead.includes(one))];
}

function Kinds({ chosen, kinds, suggested, choose }: KindsProps) {
  const t = useT();
  const { language } = useLanguage();
  const [all, setAll] = useState(false);
  const name = (kind: Kind) => (language === "zh" ? kind.zh : kind.en || kind.zh);
  const ordered = orderOf(kinds, suggested, chosen);
  const shown = all ? ordered : ordered.slice(0, CHIPS);
  return (
    <fieldset className="kinds">
      <legend>{t("kindLabel")}</legend>
      <div className="chips">
        {shown.map((kind) => (
          <button
            key={kind.key}
            type="button"
            className="chip"
            aria-pressed={chosen === kind.key}
            onClick={() => choose(chosen === kind.key ? null : kind.key)}
          >
            {name(kind)}
            {suggested.includes(kind.key) && <small>{t("kindSuggested")}</small>}
          </button>
        ))}
        {!all && ordered.length > CHIPS && (
          <button type="button" className="chip more" onClick={() => setAll(true)}>
            {t("otherKinds")}
          </button>
        )}
      </div>
    </fieldset>
  );
}
