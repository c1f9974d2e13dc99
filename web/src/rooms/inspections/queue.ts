import type { Waiting as WaitingItem } from "@/offline/answers";
import type { KeptAnswer, Plan, PlanItem, Result } from "./types";

export { belonging, nextOpen, nextToSend, type Refusal, standing } from "@/offline/answers";

interface Waiting extends WaitingItem {
  /** The answer it belongs to; of an answer its own id. */
  answer: string;
  planId: number;
}
export interface PhotoItem extends Waiting {
  kind: "photo";
  itemId: number;
  blob: Blob;
  name: string;
}
export interface AnswerItem extends Waiting {
  kind: "answer";
  itemId: number;
  result: Result;
  note: string;
  hazardKind: string;
  paperDate: string;
  photos: string[];
  saidAt: string;
  title: { zh: string; en: string };
}
export interface UndoItem extends Waiting {
  kind: "undo";
}
export type Item = PhotoItem | AnswerItem | UndoItem;

/** The photos of an answer that the server can have: a refused one must not hold the answer up. */
export function photosToName(answer: AnswerItem, items: Item[]): string[] {
  const refused = new Set(items.flatMap((item) => (item.kind === "photo" && item.refusal ? [item.id] : [])));
  return answer.photos.filter((id) => !refused.has(id));
}

/** An item of the plan as the person sees it: the server's word, and what waits on this device on top. */
export interface Place {
  item: PlanItem;
  stop: number;
  result: Result | null;
  note: string;
  photos: number;
  /** The answer of one's own that stands, by its device's id. */
  own: string | null;
  state: "open" | "waiting" | "refused" | "kept";
}

export function placeOf(item: PlanItem, stop: number, items: Item[], by: string): Place {
  const own = items.filter((one) => one.by === by);
  const undone = new Set(own.flatMap((one) => (one.kind === "undo" ? [one.answer] : [])));
  const waiting = own.findLast(
    (one): one is AnswerItem => one.kind === "answer" && one.itemId === item.id && !undone.has(one.id),
  );
  if (waiting) {
    return {
      item,
      stop,
      result: waiting.result,
      note: waiting.note,
      photos: photosToName(waiting, own).length,
      own: waiting.id,
      state: waiting.refusal ? "refused" : "waiting",
    };
  }
  const kept = item.answer;
  if (!kept || (kept.client_id && undone.has(kept.client_id))) {
    return { item, stop, result: null, note: "", photos: 0, own: null, state: "open" };
  }
  return {
    item,
    stop,
    result: kept.result,
    note: kept.note,
    photos: kept.photos.length,
    own: kept.client_id,
    state: "kept",
  };
}

/** All items in the order of the way. */
export function placesOf(plan: Plan, items: Item[], by: string): Place[] {
  return plan.stops.flatMap((stop, at) => stop.items.map((item) => placeOf(item, at, items, by)));
}

/** The plan with an answer that the server has just kept, so that it needn't be asked again. */
export function withAnswer(plan: Plan, itemId: number, kept: KeptAnswer): Plan {
  return {
    ...plan,
    stops: plan.stops.map((stop) => ({
      ...stop,
      items: stop.items.map((item) => (item.id === itemId ? { ...item, answer: kept } : item)),
    })),
  };
}
