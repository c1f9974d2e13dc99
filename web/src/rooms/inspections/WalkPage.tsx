import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { SyntheticTag } from "@/app/marks";
import { Loaded } from "@/app/states";
import { newId } from "@/offline/ids";
import { useMay, useMe } from "@/rooms/accounts/session";
import { emptyDraft, useDrafts } from "./drafts";
import { QueueSign } from "./QueueSign";
import { usePlan, useQueue } from "./queries";
import { belonging, type Item, nextOpen, type Place, placesOf } from "./queue";
import { sender } from "./sender";
import type { Plan, Result } from "./types";
import { WalkBar } from "./WalkBar";
import { WalkCard } from "./WalkCard";
import { words } from "./words";
import "./inspections.css";
import "./walk.css";

/** Carry a plan out on the phone, one item at a time, with or without a network. */
export default function WalkPage() {
  const { id = "" } = useParams();
  const t = useWords(words);
  const plan = usePlan(id);
  return (
    <div className="page inspections walk-page">
      <Link to={`/inspections/plans/${encodeURIComponent(id)}`} className="back-link">
        <ArrowLeftOutlined aria-hidden /> {t("toPlan")}
      </Link>
      <div className="page-head">
        <h1>{plan.data?.enterprise_name ?? t("walkTitle")}</h1>
        {plan.data?.synthetic && <SyntheticTag />}
      </div>
      <QueueSign />
      <Loaded of={plan} rows={8}>
        {(found) => <Walk key={found.id} plan={found} />}
      </Loaded>
    </div>
  );
}

interface Last {
  text: string;
  answer: string | null;
}

/** Answers go into the queue of this device first, whatever the network does. */
function Walk({ plan }: { plan: Plan }) {
  const t = useWords(words);
  const pick = usePick();
  const { username } = useMe();
  const mayDo = useMay("inspections.do");
  const queue = useQueue();
  const drafts = useDrafts();
  const places = placesOf(plan, queue.items, username);
  const [at, setAt] = useState<number | null>(() => nextOpen(places, -1));
  const [last, setLast] = useState<Last | null>(null);
  const top = useRef<HTMLDivElement>(null);
  const place = at === null ? undefined : places[at];

  // biome-ignore lint/correctness/useExhaustiveDependencies: each item begins at its top
  useEffect(() => {
    top.current?.scrollIntoView?.({ block: "nearest" });
  }, [at]);

  const say = (result: Result) => {
    if (!mayDo || at === null || !place || place.result !== null) return;
    const draft = drafts.of(place.item.id);
    const made = itemsFor(plan, place, result, draft, username);
    drafts.set(place.item.id, emptyDraft);
    setLast({ text: t("answered", { what: t(result) }), answer: made.answer });
    void sender.add(made.items);
    setAt(
      nextOpen(
        places.map((one, index) => (index === at ? { ...one, result } : one)),
        at,
      ),
    );
  };

  const takeBack = (answer: string) => {
    const index = places.findIndex((one) => one.own === answer);
    const gone = places[index];
    if (!gone) return;
    const waiting = queue.items.find((item) => item.kind === "answer" && item.id === answer);
    if (waiting && (waiting.refusal || sender.isUnsent(waiting))) {
      void sender.drop(belonging(queue.items, answer));
    } else {
      void sender.add([{ kind: "undo", id: newId(), by: username, answer, planId: plan.id }]);
    }
    const draft = drafts.of(gone.item.id);
    if (gone.note && !draft.note) drafts.set(gone.item.id, { ...draft, note: gone.note });
    setLast({ text: t("takenBack", { title: pick(gone.item, "title") }), answer: null });
    setAt(index);
  };

  const move = (step: number) => {
    if (places.length > 0) setAt(((at ?? (step > 0 ? -1 : 0)) + step + places.length) % places.length);
  };
  const own = place?.own ?? last?.answer;
  useKeys({
    "1": () => say("ok"),
    "2": () => say("finding"),
    "3": () => say("not_applicable"),
    j: () => move(1),
    k: () => move(-1),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    n: () => document.getElementById("walk-note")?.focus(),
    p: () => document.getElementById("walk-photo")?.click(),
    u: () => own && takeBack(own),
  });
  const done = places.filter((one) => one.result !== null).length;

  return (
    <>
      <div ref={top} className="walk-top">
        <p className="num muted">{t("progress", { done, all: places.length })}</p>
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
          <WalkCard key={place.item.id} place={place} plan={plan} />
          <WalkBar
            key={`bar ${place.item.id}`}
            place={place}
            plan={plan}
            draft={drafts.of(place.item.id)}
            mayDo={mayDo}
            onDraft={(draft) => drafts.set(place.item.id, draft)}
            onSay={say}
            onTakeBack={takeBack}
            onMove={move}
          />
        </>
      ) : (
        <Done places={places} plan={plan} onOpen={setAt} />
      )}
    </>
  );
}

/** Photos first: the server keeps the answer with all of them at once. */
function itemsFor(
  plan: Plan,
  place: Place,
  result: Result,
  draft: ReturnType<ReturnType<typeof useDrafts>["of"]>,
  by: string,
): { items: Item[]; answer: string } {
  const answer = newId();
  const shared = { by, answer, planId: plan.id };
  const photos: Item[] = draft.photos.map(({ blob, name }) => ({
    ...shared,
    kind: "photo",
    id: newId(),
    itemId: place.item.id,
    blob,
    name,
  }));
  const said: Item = {
    ...shared,
    kind: "answer",
    id: answer,
    itemId: place.item.id,
    result,
    note: draft.note.trim(),
    hazardKind: result === "finding" ? draft.kind || place.item.kind : "",
    paperDate: draft.paperDate,
    photos: photos.map((photo) => photo.id),
    saidAt: new Date().toISOString(),
    title: { zh: place.item.title_zh, en: place.item.title_en || place.item.title_zh },
  };
  return { items: [...photos, said], answer };
}

/** Every item as a button: answered ones are filled, drawn ones dashed. */
function Dots({ places, at, onOpen }: { places: Place[]; at: number | null; onOpen: (at: number) => void }) {
  const t = useWords(words);
  const pick = usePick();
  return (
    <nav aria-label={t("items")} className="walk-dots">
      {places.map(({ item, result, state }, index) => {
        const said = [
          result && t(result),
          item.explore && t("explore"),
          state === "waiting" && t("stateWaiting"),
        ];
        const label = [
          t("itemN", { n: index + 1, title: pick(item, "title") }),
          ...said.filter(Boolean),
        ].join(" · ");
        return (
          <button
            key={item.id}
            type="button"
            className={`dot-button dot-${state}${item.explore ? " dot-explore" : ""}${result === "finding" ? " dot-finding" : ""}`}
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

function Done({ places, plan, onOpen }: { places: Place[]; plan: Plan; onOpen: (at: number) => void }) {
  const t = useWords(words);
  const count = (result: Result) => places.filter((one) => one.result === result).length;
  return (
    <section className="panel walk-done" aria-labelledby="walk-done-title">
      <h2 id="walk-done-title">{t("doneTitle")}</h2>
      <p className="num">
        {t("doneLead", { finding: count("finding"), ok: count("ok"), na: count("not_applicable") })}
      </p>
      <Button size="large" block onClick={() => onOpen(0)}>
        {t("lookAgain")}
      </Button>
      <Link to={`/inspections/plans/${plan.id}`} className="walk-plain-link">
        {t("toPlan")}
      </Link>
    </section>
  );
}
