import type { Result, Round, Slot } from "./types";

/** Why the server refused an item for good, in both languages. */
export interface Refusal {
  zh: string;
  en: string;
}
interface Waiting {
  /** Made on this device; for an answer it is the id under which the server keeps it once. */
  id: string;
  /** The person whose act it is: another one who signs in on this device does not send it. */
  by: string;
  refusal?: Refusal;
}
export interface AnswerItem extends Waiting {
  kind: "answer";
  enterpriseId: number;
  pointId: number;
  slotId: number;
  result: Result;
  note: string;
  saidAt: string;
  title: { zh: string; en: string };
}
export interface PhotoItem extends Waiting {
  kind: "photo";
  answer: string;
  blob: Blob;
  name: string;
}
export interface UndoItem extends Waiting {
  kind: "undo";
  answer: string;
  enterpriseId: number;
}
export type Item = AnswerItem | PhotoItem | UndoItem;

/** The answer that an item belongs to. */
export function answerOf(item: Item): string {
  return item.kind === "answer" ? item.id : item.answer;
}

/** What may be sent next: the oldest of this person whose answer was not refused. */
export function nextToSend(items: Item[], by: string): Item | undefined {
  const own = items.filter((item) => item.by === by);
  const stuck = new Set(
    own.filter((item) => item.refusal && item.kind === "answer").map((item) => answerOf(item)),
  );
  return own.find((item) => !item.refusal && !stuck.has(answerOf(item)));
}

/** How many wait, and how many were refused and need a person. */
export function standing(items: Item[], by: string): { waiting: number; refused: Item[]; others: number } {
  const own = items.filter((item) => item.by === by);
  const refused = own.filter((item) => item.refusal);
  return { waiting: own.length - refused.length, refused, others: items.length - own.length };
}

/** Everything that belongs to an answer: what goes when it is taken back before it was sent, or given up. */
export function belonging(items: Item[], answer: string): Item[] {
  return items.filter((item) => answerOf(item) === answer);
}

/** A place of the list as the person sees it: the server's word, and what still waits on this device on top. */
export interface Place {
  slot: Slot;
  result: Result | null;
  note: string;
  photos: number;
  /** The answer of one's own that stands, by its client's id. */
  own: string | null;
  state: "open" | "waiting" | "refused" | "kept";
}

export function placeOf(slot: Slot, items: Item[], by: string): Place {
  const own = items.filter((item) => item.by === by);
  const undone = new Set(own.flatMap((item) => (item.kind === "undo" ? [item.answer] : [])));
  const answer = own.findLast(
    (item): item is AnswerItem =>
      item.kind === "answer" && item.pointId === slot.point_id && !undone.has(item.id),
  );
  const photosOf = (id: string) =>
    own.filter((item) => item.kind === "photo" && item.answer === id && !item.refusal).length;
  if (answer) {
    return {
      slot,
      result: answer.result,
      note: answer.note,
      photos: photosOf(answer.id),
      own: answer.id,
      state: answer.refusal ? "refused" : "waiting",
    };
  }
  if (!slot.result || (slot.answer_client && undone.has(slot.answer_client))) {
    return { slot, result: null, note: "", photos: 0, own: null, state: "open" };
  }
  const unsent = slot.answer_client ? photosOf(slot.answer_client) : 0;
  return {
    slot,
    result: slot.result,
    note: slot.note,
    photos: slot.photos + unsent,
    own: slot.answer_client,
    state: unsent > 0 ? "waiting" : "kept",
  };
}

/** The next place without an answer after `index`, from the start again at the end; null when all are answered. */
export function nextOpen(places: Place[], index: number): number | null {
  for (let step = 1; step <= places.length; step += 1) {
    const at = (index + step) % places.length;
    if (places[at]?.result === null) return at;
  }
  return null;
}

/** The round with an answer that the server has just kept, so that it needn't be asked again. */
export function withAnswer(
  round: Round,
  pointId: number,
  kept: { id: number; result: Result; note: string; client_id: string | null } | null,
): Round {
  return {
    ...round,
    slots: round.slots.map((slot) =>
      slot.point_id === pointId
        ? {
            ...slot,
            status: kept ? kept.result : "open",
            result: kept ? kept.result : null,
            note: kept ? kept.note : "",
            photos: 0,
            answer_id: kept ? kept.id : null,
            answer_client: kept ? kept.client_id : null,
          }
        : slot,
    ),
  };
}
