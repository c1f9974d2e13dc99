import { type FormEvent, useEffect, useState } from "react";
import { useLanguage } from "@/app/i18n";
import { useT, useTimes } from "./hooks";
import { useInstall } from "./install";
import { outbox, useOutbox } from "./outbox";
import { followPath } from "./ParcelCard";
import { Frame, Go, QueueStrip } from "./parts";
import { type Parcel, standing } from "./queue";
import { codeIn, go, tokenIn } from "./route";
import { Scan } from "./Scan";
import type { KnownPlace, KnownStory } from "./store";
import { type WorkerWord, words } from "./words";

/** The reports and places of this phone, and the ways in. */
export function HomePage() {
  const t = useT();
  const { parcels, ready } = useOutbox();
  const [stories, setStories] = useState<KnownStory[]>([]);
  const [places, setPlaces] = useState<KnownPlace[]>([]);
  useEffect(() => {
    void outbox.start().then(async () => {
      setStories(await outbox.store.stories());
      setPlaces(await outbox.store.places());
    });
  }, []);
  const own = new Set(parcels.map((one) => one.code));
  const added = stories.filter((one) => one.added && !own.has(one.code));

  return (
    <Frame home>
      <h1>{t("reportTitle")}</h1>
      <p>{t("homeLead")}</p>
      <QueueStrip link={false} />
      <section className="card">
        <Scan />
        {places.length > 0 && <KnownPlaces places={places} />}
        <Entry
          label={t("placeEntry")}
          action={t("open")}
          read={(text) => {
            const token = tokenIn(text);
            return token && `/w/${encodeURIComponent(token)}`;
          }}
        />
      </section>
      <section className="card" aria-labelledby="mine">
        <h2 id="mine">{t("home")}</h2>
        {ready && parcels.length + added.length === 0 && <p className="hint">{t("noReports")}</p>}
        <ul className="reports">
          {[...parcels].reverse().map((parcel) => (
            <ParcelRow
              key={parcel.id}
              parcel={parcel}
              story={stories.find((one) => one.code === parcel.code)}
            />
          ))}
          {added.map((one) => (
            <StoryRow key={one.code} known={one} />
          ))}
        </ul>
        <Entry
          label={t("lostCode")}
          action={t("follow")}
          read={(text) => {
            const code = codeIn(text);
            return code && followPath(code);
          }}
        />
      </section>
      <p>
        <Go to="/w/privacy" className="link">
          {t("privacy")}
        </Go>
      </p>
      <Install />
    </Frame>
  );
}

function KnownPlaces({ places }: { places: KnownPlace[] }) {
  const t = useT();
  const { language } = useLanguage();
  return (
    <>
      <h2>{t("knownPlaces")}</h2>
      <ul className="places">
        {places.slice(0, 5).map(({ token, place }) => (
          <li key={token}>
            <Go to={`/w/${encodeURIComponent(token)}`}>
              <b>{language === "zh" ? place.area_zh : place.area_en || place.area_zh}</b>
              <span className="muted">{place.organisation}</span>
            </Go>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The word for a state that the server named. */
export function stateWord(state: string): WorkerWord | undefined {
  return `state_${state}` in words ? (`state_${state}` as WorkerWord) : undefined;
}

function ParcelRow({ parcel, story }: { parcel: Parcel; story: KnownStory | undefined }) {
  const t = useT();
  const { language } = useLanguage();
  const { at } = useTimes();
  const now = standing(parcel);
  const unsent =
    now === "waiting" ? "unsent" : now === "complete" ? (story?.story.state ?? "opened") : "not_taken";
  const word = stateWord(unsent);
  const to = now === "complete" && parcel.code ? followPath(parcel.code) : `/w/sent/${parcel.id}`;
  const needs = story?.story.may_confirm || story?.story.may_contest;
  return (
    <li>
      <Go to={to}>
        {parcel.thumb ? <img src={parcel.thumb} alt="" /> : <span className="blank" aria-hidden="true" />}
        <span className="told">
          <b>{parcel.body.words || t("withoutWords")}</b>
          <span className="muted">
            {language === "zh" ? parcel.place.zh : parcel.place.en || parcel.place.zh} ·{" "}
            {at(parcel.body.said_at)}
          </span>
          <span className={needs || now !== "complete" ? "state needs" : "state"}>{word && t(word)}</span>
        </span>
      </Go>
    </li>
  );
}

function StoryRow({ known }: { known: KnownStory }) {
  const t = useT();
  const { language } = useLanguage();
  const { at } = useTimes();
  const word = stateWord(known.story.state);
  return (
    <li>
      <Go to={followPath(known.code)}>
        <span className="blank" aria-hidden="true" />
        <span className="told">
          <b>{known.story.words || t("withoutWords")}</b>
          <span className="muted">
            {language === "zh" ? known.story.area_zh : known.story.area_en || known.story.area_zh} ·{" "}
            {at(known.story.said_at)}
          </span>
          <span className="state">{word && t(word)}</span>
        </span>
      </Go>
    </li>
  );
}

/** A line to type into that leads somewhere, and says what it takes where it can't. */
function Entry(props: { label: string; action: string; read: (text: string) => string | undefined }) {
  const t = useT();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const path = props.read(text);
    setWrong(!path);
    if (path) go(path);
  };
  return (
    <form className="entry" onSubmit={submit}>
      <label className="field">
        <span>{props.label}</span>
        <input
          value={text}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          aria-invalid={wrong}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="submit" className="soft">
        {props.action}
      </button>
      {wrong && (
        <p className="trouble" role="alert">
          {t("entryWrong")}
        </p>
      )}
    </form>
  );
}

function Install() {
  const t = useT();
  const { ask, apple } = useInstall();
  if (ask) {
    return (
      <button type="button" className="soft wide" onClick={ask}>
        {t("install")}
      </button>
    );
  }
  return apple ? (
    <p className="hint">
      {t("install")} — {t("installIos")}
    </p>
  ) : null;
}
