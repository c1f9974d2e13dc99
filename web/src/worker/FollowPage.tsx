import { useState } from "react";
import { useLanguage } from "@/app/i18n";
import { Problem } from "@/offline/problem";
import { confirm } from "./api";
import { Compare } from "./Compare";
import { stateWord } from "./HomePage";
import { type StoryState, useStory, useT, useTimes } from "./hooks";
import { outbox, useOutbox } from "./outbox";
import { Code, Pieces } from "./ParcelCard";
import { Frame, Notice, SureButton, usePicture } from "./parts";
import { go } from "./route";
import type { Story } from "./types";

const ANSWERED = ["fixed", "checked", "confirmed", "closed"];

/** How a report stands: its story with times, the promise, the fix beside the hazard, and the reporter's own word. */
export function FollowPage({ code }: { code: string }) {
  const t = useT();
  const { parcels } = useOutbox();
  const parcel = parcels.find((one) => one.code === code);
  const known = useStory(code, !parcel);
  const { story, problem, loading, load } = known;
  return (
    <Frame>
      <h1>{t("followTitle")}</h1>
      {!story && loading && (
        <p className="hint" role="status">
          {t("loading")}
        </p>
      )}
      {!story && problem && <NoStory problem={problem} retry={() => void load()} />}
      {story && <Told known={known} story={story} code={code} />}
      {parcel && !parcel.complete && (
        <section className="card">
          <Pieces parcel={parcel} />
        </section>
      )}
      <Code code={code} />
      {story && (
        <SureButton
          ask={t("forget")}
          sure={t("forgetSure")}
          onSure={async () => {
            await outbox.store.dropStory(code);
            if (parcel?.complete) await outbox.drop(parcel);
            go("/w/", true);
          }}
        />
      )}
    </Frame>
  );
}

function NoStory({ problem, retry }: { problem: Problem; retry: () => void }) {
  const t = useT();
  const { language } = useLanguage();
  const none = problem.status === 404;
  return (
    <Notice title={none ? t("storyNone") : t("storyOffline")} role="alert">
      <p>{none || problem.status !== 0 ? problem[language] : t("storyOfflineWhy")}</p>
      {!none && (
        <button type="button" className="soft" onClick={retry}>
          {t("retry")}
        </button>
      )}
    </Notice>
  );
}

function Told({ known, story, code }: { known: ReturnType<typeof useStory>; story: Story; code: string }) {
  const t = useT();
  const { language } = useLanguage();
  const { at } = useTimes();
  const area = language === "zh" ? story.area_zh : story.area_en || story.area_zh;
  const word = stateWord(story.state);
  // Said here, for the question goes once it is answered.
  const [kept, setKept] = useState<"kept" | "back" | null>(null);
  const [first] = story.photos;
  const [fixed] = story.after_photos;
  return (
    <>
      {story.synthetic && <p className="tag">{t("synthetic")}</p>}
      <AsOf known={known} />
      <section className="card">
        <p className="state big" role="status" aria-live="polite">
          {word && t(word)}
        </p>
        <p className="muted">
          {area} · {at(story.said_at)}
        </p>
        <p className="quote">{story.words || t("withoutWords")}</p>
        <Promised story={story} />
      </section>
      {story.state === "closed" && <Thanks story={story} area={area} />}
      {first && fixed && <Compare before={first} after={fixed} />}
      {!(first && fixed && story.photos.length + story.after_photos.length === 2) && <Photos story={story} />}
      {(story.may_confirm || story.may_contest || story.state === "closed") && (
        <Answer story={story} code={code} hear={known.hear} tell={setKept} />
      )}
      <p className="strip" role="status" aria-live="polite" hidden={!kept}>
        {kept && t(kept === "kept" ? "answerKept" : "answerSentBack")}
      </p>
      <section className="card" aria-labelledby="story">
        <h2 id="story">{t("storyOf")}</h2>
        <ol className="story">
          {story.steps.map((step) => (
            <li key={`${step.at} ${step.state} ${step.text_zh}`}>
              <time dateTime={step.at}>{at(step.at)}</time>
              <p>{language === "zh" ? step.text_zh || step.text_en : step.text_en || step.text_zh}</p>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

function AsOf({ known }: { known: StoryState }) {
  const t = useT();
  const { at } = useTimes();
  return known.fresh || known.loading ? null : (
    <p className="hint">{t("lastKnown", { time: at(known.seenAt) })}</p>
  );
}

/** The promise while nobody has answered, the deadline of the fix after that; late is said, not hidden. */
function Promised({ story }: { story: Story }) {
  const t = useT();
  const { at, long, now } = useTimes();
  const waiting = story.state === "opened";
  const due = waiting ? story.promise_due_at : story.due_at;
  if (!due || story.state === "waiting" || story.state === "refused" || ANSWERED.includes(story.state))
    return null;
  const left = new Date(due).getTime() - now;
  return (
    <p className={left < 0 ? "promise late" : "promise"}>
      {left < 0
        ? t(waiting ? "answerLate" : "fixLate", { late: long(-left) })
        : t(waiting ? "answerBy" : "fixBy", { time: at(due), left: long(left) })}
    </p>
  );
}

/** When the fix that ended it was made: what the thanks name. */
export function fixedAfter(story: Story): number | undefined {
  const fixed = story.steps.findLast((step) => step.state === "fixed");
  return fixed ? new Date(fixed.at).getTime() - new Date(story.said_at).getTime() : undefined;
}

function Thanks({ story, area }: { story: Story; area: string }) {
  const t = useT();
  const { long } = useTimes();
  const took = fixedAfter(story);
  return (
    <section className="card thanks">
      <h2>{t("thanksTitle")}</h2>
      <p>{took === undefined ? t("thanksPlain") : t("thanksFixed", { area, took: long(took) })}</p>
      <a className="soft" href="/claim">
        {t("claimReward")}
      </a>
    </section>
  );
}

function Photos({ story }: { story: Story }) {
  const t = useT();
  if (story.photos.length + story.after_photos.length === 0) return null;
  return (
    <section className="card" aria-label={t("photosSent")}>
      <ul className="photos">
        {story.photos.map((address, index) => (
          <Photo key={address} address={address} name={t("photoN", { n: index + 1 })} />
        ))}
        {story.after_photos.map((address) => (
          <Photo key={address} address={address} name={t("after")} />
        ))}
      </ul>
    </section>
  );
}

function Photo({ address, name }: { address: string; name: string }) {
  const url = usePicture(address);
  return <li>{url && <img src={url} alt={name} />}</li>;
}

interface AnswerProps {
  story: Story;
  code: string;
  hear: (story: Story) => Promise<void>;
  tell: (kept: "kept" | "back" | null) => void;
}

/** The reporter's word: it is fixed, or it is not and why. Of a closed one only that it is dangerous again. */
function Answer({ story, code, hear, tell }: AnswerProps) {
  const t = useT();
  const { language } = useLanguage();
  const [no, setNo] = useState(false);
  const [note, setNote] = useState("");
  const [said, setSaid] = useState<"needed" | Problem | null>(null);
  const [working, setWorking] = useState(false);
  const contest = story.may_contest;
  const closed = story.state === "closed";

  const say = async (done: boolean) => {
    if (!done && !note.trim()) {
      setSaid("needed");
      document.getElementById("answer-note")?.focus();
      return;
    }
    setWorking(true);
    setSaid(null);
    tell(null);
    try {
      await hear(await confirm(code, done, note.trim()));
      tell(done ? "kept" : "back");
      setNo(false);
      setNote("");
    } catch (error) {
      setSaid(error instanceof Problem ? error : null);
    } finally {
      setWorking(false);
    }
  };
  return (
    <section className="card answer" aria-labelledby="answer">
      <h2 id="answer">{t(closed ? "againTitle" : contest ? "contestTitle" : "confirmTitle")}</h2>
      {!no && (
        <div className="row wide">
          {!closed && (
            <button type="button" className="primary" disabled={working} onClick={() => void say(true)}>
              {t(contest ? "contestYes" : "confirmYes")}
            </button>
          )}
          <button type="button" className="soft" disabled={working} onClick={() => setNo(true)}>
            {t(contest ? "contestNo" : "confirmNo")}
          </button>
        </div>
      )}
      {no && (
        <>
          <label className="field">
            <span>{t("confirmWhy")}</span>
            <textarea
              id="answer-note"
              rows={3}
              maxLength={1000}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          </label>
          <div className="row wide">
            <button type="button" className="primary" disabled={working} onClick={() => void say(false)}>
              {t(contest ? "contestSend" : "confirmSend")}
            </button>
            <button type="button" className="plain" onClick={() => setNo(false)}>
              {t("cancel")}
            </button>
          </div>
        </>
      )}
      <p className="trouble" role="status" aria-live="polite">
        {said === "needed" && t("confirmNeeded")}
        {said instanceof Problem && said[language]}
      </p>
    </section>
  );
}
