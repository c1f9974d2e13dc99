import { pauseAfter } from "@/offline/backOff";
import type { DeclaredFile, ReportBody, Taken } from "./types";

/** What the server said, in both languages. */
export interface Said {
  zh: string;
  en: string;
}
export interface Piece extends DeclaredFile {
  state: "waiting" | "sent" | "refused";
  refusal?: Said;
}
/**
 * A report on its way: what is said, and each photo, are uploads of their own that may come in any order and any number
 * of times. The ids are made on this phone, and what is sent never changes, so a repeat does no harm.
 */
export interface Parcel {
  id: string;
  place: { zh: string; en: string; organisation: string };
  body: ReportBody;
  report: "waiting" | "taken" | "refused";
  refusal?: Said;
  pieces: Piece[];
  /** The server has everything that was declared. */
  complete: boolean;
  code?: string;
  joined?: boolean;
  /** What the server wants told beside (a place that is closed, say). */
  note?: Said;
  /** Failures in a row, and the time (ms) before which it isn't tried again. */
  tries: number;
  notBefore: number;
  /** A small picture for the list, as a data address. */
  thumb?: string;
}
export type Step = { parcel: Parcel; piece: Piece | null };

export function newParcel(id: string, place: Parcel["place"], body: ReportBody, thumb?: string): Parcel {
  return {
    id,
    place,
    body,
    report: "waiting",
    pieces: body.files.map((file) => ({ ...file, state: "waiting" })),
    complete: false,
    tries: 0,
    notBefore: 0,
    thumb,
  };
}

/** Whether anything of it can still be sent without a person's help. */
export function isOpen(parcel: Parcel): boolean {
  if (parcel.complete || parcel.report === "refused") return false;
  // With a file refused and the report not going on without it, the rest is sent, and then its person is asked.
  return (
    parcel.report === "waiting" || hasWaiting(parcel) || !parcel.pieces.some((one) => one.state === "refused")
  );
}

function hasWaiting(parcel: Parcel): boolean {
  return parcel.pieces.some((one) => one.state === "waiting");
}

/**
 * What may be sent now: of the oldest report that is due, what was said first, then its files. Where all files went but
 * the server's last word was lost, the report itself is sent once more to hear it.
 */
export function nextStep(parcels: Parcel[], now: number): Step | undefined {
  const parcel = parcels.find((one) => isOpen(one) && one.notBefore <= now);
  if (!parcel) return undefined;
  if (parcel.report === "waiting") return { parcel, piece: null };
  return { parcel, piece: parcel.pieces.find((one) => one.state === "waiting") ?? null };
}

/** When the next one is due (ms); undefined where nothing waits. */
export function nextDue(parcels: Parcel[]): number | undefined {
  const times = parcels.filter(isOpen).map((one) => one.notBefore);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** The parcel after the server answered: its word on what is missing counts, whatever was thought here. */
export function answered(parcel: Parcel, taken: Taken): Parcel {
  const missing = new Set(taken.missing);
  const refused = new Map(taken.refused.map((one) => [one.id, { zh: one.message_zh, en: one.message_en }]));
  return {
    ...parcel,
    report: "taken",
    code: taken.code,
    joined: taken.joined,
    note: taken.note_zh ? { zh: taken.note_zh, en: taken.note_en } : undefined,
    complete: taken.state === "complete",
    tries: 0,
    notBefore: 0,
    pieces: parcel.pieces.map((one) => {
      const refusal = refused.get(one.id);
      if (refusal) return { ...one, state: "refused", refusal };
      if (one.state === "refused") return one;
      return { ...one, state: missing.has(one.id) ? "waiting" : "sent" };
    }),
  };
}

/**
 * The server will not have it: the words (`piece` null), or one file, which leaves the others as they are. After a file
 * the report is sent once more, to hear whether it goes on without.
 */
export function refusedBy(parcel: Parcel, piece: Piece | null, refusal: Said): Parcel {
  if (!piece) return { ...parcel, report: "refused", refusal };
  return {
    ...parcel,
    report: "waiting",
    pieces: parcel.pieces.map((one) => (one.id === piece.id ? { ...one, state: "refused", refusal } : one)),
  };
}

/** The try came to nothing that could be relied on. It is made again after a pause. */
export function failed(parcel: Parcel, now: number, chance: number, waitMs = 0): Parcel {
  const tries = parcel.tries + 1;
  return { ...parcel, tries, notBefore: now + Math.max(waitMs, pauseAfter(tries, chance)) };
}

/** The server no longer knows the report (it was restored from a copy): everything is said again. */
export function unknownThere(parcel: Parcel): Parcel {
  return {
    ...parcel,
    report: "waiting",
    pieces: parcel.pieces.map((one) => (one.state === "sent" ? { ...one, state: "waiting" } : one)),
  };
}

/** Due at once: the network is back, or the app was opened. */
export function awake(parcel: Parcel): Parcel {
  return { ...parcel, notBefore: 0 };
}

export type Standing = "complete" | "waiting" | "refused" | "file_refused";

/** How a report stands, in one word, for the list. */
export function standing(parcel: Parcel): Standing {
  if (parcel.complete) return "complete";
  if (parcel.report === "refused") return "refused";
  return parcel.pieces.some((one) => one.state === "refused") ? "file_refused" : "waiting";
}

/** The same report without the files that were refused, under an id of its own. */
export function withoutRefused(parcel: Parcel, id: string): Parcel {
  const refused = new Set(parcel.pieces.filter((one) => one.state === "refused").map((one) => one.id));
  const body = { ...parcel.body, files: parcel.body.files.filter((one) => !refused.has(one.id)) };
  return newParcel(id, parcel.place, body, parcel.thumb);
}
