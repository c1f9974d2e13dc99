import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { useErrorText } from "@/app/states";
import { newId } from "@/offline/ids";
import { useMay, useMe } from "@/rooms/accounts/session";
import { AnswerBar } from "./AnswerBar";
import { type Draft, emptyDraft, useDrafts } from "./drafts";
import { PointCard } from "./PointCard";
import { useDraw, useQueue } from "./queries";
import { belonging, type Item, nextOpen, type Place, placeOf } from "./queue";
import { sender } from "./sender";
import type { Result, Round } from "./types";
import { words } from "./words";

interface Last {
  text: string;
  answer: string | null;
}

/** A round, one point at a time. Answers go into the queue of this device first, whatever the network does. */
export function Walk({ round, left, enterpriseId }: { round: Round; left: number; enterpriseId: string }) {
  const t = useWords(words);
  const pick = usePick();
  const { username } = useMe();
  const mayAnswer = useMay("deduction.answer");
  const queue = useQueue();
  const drafts = useDrafts();
  const places = round.slots.map((slot) => placeOf(slot, queue.items, username));
  const [at, setAt] = useState<number | null>(() => nextOpen(places, -1));
  const [last, setLast] = useState<Last | null>(null);
  const top = useRef<HTMLDivElement>(null);
  const place = at === null ? undefined : places[at];

  // biome-ignore lint/correctness/useExhaustiveDependencies: each point begins at its top
  useEffect(() => {
    top.current?.scrollIntoView?.({ block: "nearest" });
  }, [at]);

  const say = (result: Result) => {
    if (!mayAnswer || at === null || !place || place.result !== null) return;
    const { slot } = place;
    const draft = drafts.of(slot.id);
    const id = newId();
    const items: Item[] = [
      {
        kind: "answer",
        id,
        by: username,
        enterpriseId: round.enterprise_id,
        pointId: slot.point_id,
        slotId: slot.id,
        result,
        note: draft.note.trim(),
        saidAt: new Date().toISOString(),
        title: { zh: slot.title_zh, en: slot.title_en || slot.title_zh },
      },
      ...photoItems(draft, id, username),
    ];
    drafts.set(slot.id, emptyDraft);
    setLast({ text: t("answered", { what: t(result) }), answer: id });
    void sender.add(items);
    const after = places.map((one, index) => (index === at ? { ...one, result } : one));
    setAt(nextOpen(after, at));
  };

  const takeBack = (answer: string) => {
    const index = places.findIndex((one) => one.own === answer);
    const gone = places[index];
    if (!gone) return;
    const waiting = queue.items.find((item) => item.kind === "answer" && item.id === answer);
    if (waiting && (waiting.refusal || sender.isUnsent(waiting))) {
      void sender.drop(belonging(queue.items, answer));
    } else {
      void sender.add([
        { kind: "undo", id: newId(), by: username, answer, enterpriseId: round.enterprise_id },
      ]);
    }
    const draft = drafts.of(gone.slot.id);
    if (gone.note && !draft.note) drafts.set(gone.slot.id, { ...draft, note: gone.note });
    setLast({ text: t("takenBack", { title: pick(gone.slot, "title") }), answer: null });
    setAt(index);
  };

  const addPhotos = (answer: string, draft: Draft) => void sender.add(photoItems(draft, answer, username));
  const move = (step: number) => {
    if (places.length > 0) setAt(((at ?? (step > 0 ? -1 : 0)) + step + places.length) % places.length);
  };
  const own = place?.own ?? last?.answer;
  useKeys({
    "1": () => say("confirmed"),
    "2": () => say("not_found"),
    "3": () => say("not_applicable"),
    j: () => move(1),
    k: () => move(-1),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    n: () => document.getElementById("verify-note")?.focus(),
    p: () => document.getElementById("verify-photo")?.click(),
    u: () => own && takeBack(own),
  });

  return (
    <>
      <div ref={top} className="walk-top">
        <p className="num muted walk-count">
          {t("progress", {
            n: round.number,
            done: places.filter((one) => one.result !== null).length,
            all: places.length,
          })}
        </p>
        <Dots places={places} at={at} onOpen={setAt} />
        <div className="walk-last" role="status">
          {last && (
            <>
              <span>{last.text}</span>
              {last.answer && places.some((one) => one.own === last.answer) && (
                <Button size="small" onClick={() => takeBack(last.answer ?? "")}>
                  {t("undo")}
                </Button>
              )}
            </>
          )}
        </div>
      </div>
      {place ? (
        <>
          <PointCard key={place.slot.id} place={place} />
          <AnswerBar
            key={`bar ${place.slot.id}`}
            place={place}
            draft={drafts.of(place.slot.id)}
            mayAnswer={mayAnswer}
            onDraft={(draft) => drafts.set(place.slot.id, draft)}
            onSay={say}
            onTakeBack={takeBack}
            onAddPhotos={addPhotos}
            onMove={move}
          />
        </>
      ) : (
        <Done places={places} left={left} enterpriseId={enterpriseId} onOpen={setAt} />
      )}
    </>
  );
}

function photoItems(draft: Draft, answer: string, by: string): Item[] {
  return draft.photos.map(({ blob, name }) => ({ kind: "photo", id: newId(), by, answer, blob, name }));
}

/** Every point of the list as a button: answered ones are filled, explored ones dashed. */
function Dots({ places, at, onOpen }: { places: Place[]; at: number | null; onOpen: (at: number) => void }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <nav aria-label={t("places")} className="walk-dots">
      {places.map(({ slot, result, state }, index) => {
        const said = [
          result && t(result),
          slot.kind === "explore" && t("explore"),
          state === "waiting" && t("stateWaiting"),
        ];
        const label = [
          t("place", { n: index + 1, title: pick(slot, "title") }),
          ...said.filter(Boolean),
        ].join(" · ");
        return (
          <button
            key={slot.id}
            type="button"
            className={`dot-button dot-${slot.kind} dot-${state}`}
            aria-label={label}
            title={label}
            aria-current={index === at ? "step" : undefined}
            onClick={() => onOpen(index)}
          >
            {index + 1}
          </button>
        );
      })}
    </nav>
  );
}

interface DoneProps {
  places: Place[];
  left: number;
  enterpriseId: string;
  onOpen: (at: number) => void;
}

function Done({ places, left, enterpriseId, onOpen }: DoneProps) {
  const t = useWords(words);
  const errorText = useErrorText();
  const mayAnswer = useMay("deduction.answer");
  const draw = useDraw(enterpriseId);
  const count = (result: Result) => places.filter((one) => one.result === result).length;
  return (
    <section className="panel verify-intro" aria-labelledby="verify-done-title">
      <h2 id="verify-done-title">{t("doneTitle")}</h2>
      <p className="num">
        {t("doneLead", {
          confirmed: count("confirmed"),
          notFound: count("not_found"),
          notApplicable: count("not_applicable"),
        })}
      </p>
      {draw.error && (
        <p role="alert" className="form-error">
          {errorText(draw.error)}
        </p>
      )}
      {mayAnswer && left > 0 && (
        <Button type="primary" size="large" block loading={draw.isPending} onClick={() => draw.mutate(5)}>
          {t("drawMore", { n: left })}
        </Button>
      )}
      <Button size="large" block onClick={() => onOpen(0)}>
        {t("look_again")}
      </Button>
      <Link to={`/enterprises/${encodeURIComponent(enterpriseId)}`} className="verify-plain-link">
        {t("toEnterprise")}
      </Link>
      <Link to="/verify/rates" className="verify-plain-link">
        {t("toRates")}
      </Link>
    </section>
  );
}
