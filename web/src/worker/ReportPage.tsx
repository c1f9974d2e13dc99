import { type ReactNode, useId, useState } from "react";
import { useLanguage } from "@/app/i18n";
import { newId } from "@/offline/ids";
import { smallJpeg } from "@/offline/photo";
import { type Draft, isEmpty, lacks, toParcel, type Who } from "./draft";
import { useDraft, usePlace, useSignedIn, useT, useTimes } from "./hooks";
import { outbox, useOutbox } from "./outbox";
import { PhotoStep } from "./PhotoStep";
import { PlaceStep } from "./PlaceStep";
import { Frame, Notice, QueueStrip, SureButton } from "./parts";
import { go } from "./route";
import type { Place } from "./types";
import { WhoStep } from "./WhoStep";
import { WordsStep } from "./WordsStep";
import { keepWho, knownWho } from "./who";
import { words } from "./words";

/** A place this phone has never seen, without a network to ask: the report is kept, and the place checked on sending. */
function unseen(token: string): Place {
  return {
    token,
    area_zh: words.placeOfCode[0],
    area_en: words.placeOfCode[1],
    organisation: "",
    plan: null,
    spot: null,
    closed: false,
    closed_why_zh: "",
    closed_why_en: "",
    kinds: [],
    promise_hours: 0,
    signed_in_as: null,
    synthetic: false,
  };
}

async function thumbOf(draft: Draft): Promise<string | undefined> {
  const first = draft.photos[0];
  const small = first && (await smallJpeg(new Blob([first.bytes], { type: first.type }), 160, 0.6));
  if (!small) return undefined;
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => resolve(undefined);
    reader.readAsDataURL(small);
  });
}

export function ReportPage({ token }: { token: string }) {
  const t = useT();
  const { known, fresh, problem, loading, reload } = usePlace(token);
  if (!known && problem?.status === 404) {
    return (
      <Frame>
        <h1>{t("reportTitle")}</h1>
        <Notice title={t("placeUnknown")} role="alert">
          <p>{t("placeUnknownWhy")}</p>
          <p className="hint">{token}</p>
        </Notice>
      </Frame>
    );
  }
  return (
    <ReportForm
      token={token}
      place={known?.place ?? unseen(token)}
      plan={known?.plan}
      // What is wrong can be shown and said before the place has come.
      seen={loading ? (known ? "fresh" : "coming") : known ? (fresh ? "fresh" : known.seenAt) : "never"}
      reload={reload}
    />
  );
}

interface FormProps {
  token: string;
  place: Place;
  plan: { bytes: ArrayBuffer; type: string } | undefined;
  seen: "fresh" | "coming" | "never" | number;
  reload: () => void;
}

function ReportForm({ token, place, plan, seen, reload }: FormProps) {
  const t = useT();
  const { online } = useOutbox();
  const { draft, change, drop, found, setFound } = useDraft(token);
  const [who, setWho] = useState<Who>(knownWho);
  const signedIn = useSignedIn(token, who.named);
  const [asked, setAsked] = useState<"words" | "name" | "store" | null>(null);
  const [working, setWorking] = useState(false);
  const nameless = who.named && !who.name.trim() && !signedIn;

  const submit = async () => {
    const needed = lacks(draft) ?? (nameless ? "name" : null);
    setAsked(needed);
    if (needed) {
      document.getElementById(needed === "words" ? "report-words" : "report-name")?.focus();
      return;
    }
    setWorking(true);
    try {
      const thumb = await thumbOf(draft);
      const { parcel, files } = await toParcel(draft, place, who, newId(), new Date().toISOString(), thumb);
      await outbox.add(parcel, files);
      keepWho(who);
      await drop();
      go(`/w/sent/${parcel.id}`, true);
    } catch {
      setAsked("store");
      setWorking(false);
    }
  };

  const foot = (
    <>
      <p className={asked ? "trouble" : "hint"} role={asked ? "alert" : undefined}>
        {asked === "words" && t("wordsNeeded")}
        {asked === "name" && t("nameNeeded")}
        {asked === "store" && t("notStored")}
        {!asked && working && t("preparing")}
        {!asked && !working && place.promise_hours > 0 && t("promise", { n: place.promise_hours })}
      </p>
      <button type="button" className="primary" disabled={working} onClick={() => void submit()}>
        {online ? t("send") : t("sendOffline")}
      </button>
    </>
  );
  return (
    <Frame foot={foot}>
      <h1>{t("reportTitle")}</h1>
      <PlaceNotes place={place} seen={seen} reload={reload} />
      <QueueStrip />
      {found && !isEmpty(draft) && (
        <div className="strip quiet">
          <span>{t("draftKept")}</span>
          <SureButton ask={t("draftDrop")} sure={t("draftDropSure")} onSure={() => void drop()} />
        </div>
      )}
      <StepCard number={1} title={t("stepPhoto")} done={draft.photos.length > 0}>
        <PhotoStep
          draft={draft}
          change={(part) => {
            setFound(false);
            change(part);
          }}
        />
      </StepCard>
      <StepCard number={2} title={t("stepPlace")} done={seen !== "never" && seen !== "coming"}>
        <PlaceStep draft={draft} change={change} place={place} plan={plan} />
      </StepCard>
      <StepCard number={3} title={t("stepWords")} done={Boolean(draft.words.trim() || draft.voice)}>
        <WordsStep draft={draft} change={change} place={place} online={online} />
      </StepCard>
      <WhoStep who={who} setWho={setWho} signedIn={signedIn} />
    </Frame>
  );
}

/** What to know of the place before reporting: made up, closed, as of when, or not yet known. */
function PlaceNotes({ place, seen, reload }: Pick<FormProps, "place" | "seen" | "reload">) {
  const t = useT();
  const { language } = useLanguage();
  const { at } = useTimes();
  const why = language === "zh" ? place.closed_why_zh : place.closed_why_en || place.closed_why_zh;
  return (
    <>
      {place.synthetic && <p className="tag">{t("synthetic")}</p>}
      {seen === "coming" && (
        <p className="hint" role="status">
          {t("loading")}
        </p>
      )}
      {seen === "never" && (
        <Notice title={t("placeOffline")}>
          <p>{t("placeOfflineWhy")}</p>
          <button type="button" className="soft" onClick={reload}>
            {t("retry")}
          </button>
        </Notice>
      )}
      {place.closed && (
        <Notice title={t("placeClosed")}>
          <p>{why}</p>
        </Notice>
      )}
      {typeof seen === "number" && <p className="hint">{t("lastKnown", { time: at(seen) })}</p>}
    </>
  );
}

function StepCard(props: { number: number; title: string; done: boolean; children: ReactNode }) {
  const t = useT();
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>
        <span className={props.done ? "number done" : "number"} aria-hidden="true">
          {props.done ? "✓" : props.number}
        </span>
        {props.title}
        {props.done && <span className="unseen"> {t("stepDone")}</span>}
      </h2>
      {props.children}
    </section>
  );
}
