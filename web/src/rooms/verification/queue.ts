import type { Waiting } from "@/offline/answers";
import type { Result, Round, Slot } from "./types";

export { answerOf, belonging, nextOpen, nextToSend, type Refusal, standing } from "@/offline/answers";

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
