import { sha256 } from "@/offline/sha256";
import type { Position } from "./exif";
import { newParcel, type Parcel } from "./queue";
import type { DeclaredFile, Place, Similar, Spot } from "./types";

export const MOST_PHOTOS = 6;
export const MOST_WORDS = 1000;
export const MOST_SECONDS = 60;

export interface DraftPhoto {
  id: string;
  bytes: ArrayBuffer;
  /** JPEG, but for a HEIC that this browser can't draw: that goes as it is, and the server draws it. */
  type: string;
  position?: Position;
}
export interface DraftVoice {
  id: string;
  bytes: ArrayBuffer;
  type: string;
  seconds: number;
}
/** What a person has put together and not yet sent; one for each place, kept over a closed page. */
export interface Draft {
  token: string;
  photos: DraftPhoto[];
  voice: DraftVoice | null;
  words: string;
  kind: string | null;
  /** A tap on the plan or a position of the phone, where the person gave one. */
  chosen: Spot | null;
  /** Whether the person said that the position in a photo is not to be used. */
  withoutPhotoPosition: boolean;
  sameAs: Similar | null;
}
export interface Who {
  named: boolean;
  name: string;
  phone: string;
}

export function emptyDraft(token: string): Draft {
  return {
    token,
    photos: [],
    voice: null,
    words: "",
    kind: null,
    chosen: null,
    withoutPhotoPosition: false,
    sameAs: null,
  };
}

export function isEmpty(draft: Draft): boolean {
  return draft.photos.length === 0 && !draft.voice && !draft.words.trim() && !draft.kind && !draft.sameAs;
}

/** What is still needed before it can be sent: something that says what is wrong. */
export function lacks(draft: Draft): "words" | null {
  return draft.words.trim() || draft.voice || draft.photos.length > 0 ? null : "words";
}

/** A position less exact than this names another hall, not a place in one. */
export const COARSE_M = 100;

/** The position that the first photo with a useful one carries, unless the person won't have it used. */
export function photoPosition(draft: Draft): Position | undefined {
  if (draft.withoutPhotoPosition) return undefined;
  const useful = (position: Position | undefined) => position && !((position.accuracy_m ?? 0) > COARSE_M);
  return draft.photos.find((photo) => useful(photo.position))?.position;
}

/** Where it is: what the person chose, else the position in a photo, else the place that the QR code stands for. */
export function spotOf(draft: Draft, place: Place): Spot {
  if (draft.chosen) return draft.chosen;
  const photo = photoPosition(draft);
  if (photo) return { source: "gps", x: null, y: null, ...photo };
  const [x, y] = place.spot ?? [null, null];
  return { source: "qr", x, y, lat: null, lon: null, accuracy_m: null };
}

/** What is sent, with the hash of every file; the bytes beside it. */
export async function toParcel(
  draft: Draft,
  place: Place,
  who: Who,
  id: string,
  saidAt: string,
  thumb?: string,
): Promise<{ parcel: Parcel; files: Map<string, ArrayBuffer> }> {
  const files = new Map<string, ArrayBuffer>();
  const declared: DeclaredFile[] = [];
  const declare = async (
    file: { id: string; bytes: ArrayBuffer },
    kind: DeclaredFile["kind"],
    type: string,
  ) => {
    files.set(file.id, file.bytes);
    declared.push({ id: file.id, kind, sha256: await sha256(file.bytes), size: file.bytes.byteLength, type });
  };
  for (const photo of draft.photos) await declare(photo, "photo", photo.type);
  if (draft.voice) await declare(draft.voice, "voice", draft.voice.type);
  const body = {
    token: draft.token,
    words: draft.words.trim(),
    kind: draft.kind,
    named: who.named,
    name: (who.named && who.name.trim()) || null,
    phone: (who.named && who.phone.trim()) || null,
    spot: spotOf(draft, place),
    said_at: saidAt,
    same_as: draft.sameAs?.id ?? null,
    files: declared,
  };
  const named = { zh: place.area_zh, en: place.area_en, organisation: place.organisation };
  return { parcel: newParcel(id, named, body, thumb), files };
}
