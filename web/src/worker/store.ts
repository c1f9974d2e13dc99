import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Draft } from "./draft";
import type { Parcel } from "./queue";
import type { Place, Story } from "./types";

/** A place as it was last seen on this phone, for when there is no network. */
export interface KnownPlace {
  token: string;
  place: Place;
  plan?: { bytes: ArrayBuffer; type: string };
  /** When the server said so (ms), and when it was last opened here. */
  seenAt: number;
  openedAt: number;
}
/** The story of a report as it was last heard; `added` where its code was typed in. */
export interface KnownStory {
  code: string;
  story: Story;
  seenAt: number;
  added: boolean;
}
/** What must outlast a closed page. */
export interface Store {
  /** Whether it does: some browsers forbid storing in private windows. */
  readonly lasting: boolean;
  parcels(): Promise<Parcel[]>;
  /** A report and the bytes of its files at once, so that there is never one without the other. */
  add(parcel: Parcel, files: Map<string, ArrayBuffer>): Promise<void>;
  /** The report as it stands now; one that its person threw away meanwhile stays away. */
  put(parcel: Parcel): Promise<void>;
  file(parcel: string, piece: string): Promise<ArrayBuffer | undefined>;
  /** Frees the room that files took which the server now has. */
  dropFiles(parcel: Parcel): Promise<void>;
  drop(parcel: Parcel): Promise<void>;
  places(): Promise<KnownPlace[]>;
  putPlace(place: KnownPlace): Promise<void>;
  dropPlace(token: string): Promise<void>;
  draft(token: string): Promise<Draft | undefined>;
  putDraft(draft: Draft): Promise<void>;
  dropDraft(token: string): Promise<void>;
  stories(): Promise<KnownStory[]>;
  putStory(story: KnownStory): Promise<void>;
  dropStory(code: string): Promise<void>;
}

interface Schema extends DBSchema {
  parcels: { key: string; value: Parcel };
  files: { key: string; value: ArrayBuffer };
  places: { key: string; value: KnownPlace };
  drafts: { key: string; value: Draft };
  stories: { key: string; value: KnownStory };
}
const DATABASE = "yufang.worker";
const PLACES_KEPT = 20;

const fileKey = (parcel: string, piece: string) => `${parcel}/${piece}`;
const byAge = (a: Parcel, b: Parcel) => (a.body.said_at < b.body.said_at ? -1 : 1);

class LastingStore implements Store {
  readonly lasting = true;
  constructor(private readonly db: IDBPDatabase<Schema>) {}

  async parcels() {
    return (await this.db.getAll("parcels")).sort(byAge);
  }
  async add(parcel: Parcel, files: Map<string, ArrayBuffer>) {
    const work = this.db.transaction(["parcels", "files"], "readwrite");
    for (const [piece, bytes] of files) void work.objectStore("files").put(bytes, fileKey(parcel.id, piece));
    void work.objectStore("parcels").put(parcel);
    await work.done;
  }
  async put(parcel: Parcel) {
    const work = this.db.transaction("parcels", "readwrite");
    if (await work.store.getKey(parcel.id)) await work.store.put(parcel);
    await work.done;
  }
  file(parcel: string, piece: string) {
    return this.db.get("files", fileKey(parcel, piece));
  }
  async dropFiles(parcel: Parcel) {
    const work = this.db.transaction("files", "readwrite");
    for (const piece of parcel.pieces) void work.store.delete(fileKey(parcel.id, piece.id));
    await work.done;
  }
  async drop(parcel: Parcel) {
    await this.dropFiles(parcel);
    await this.db.delete("parcels", parcel.id);
  }
  async places() {
    return (await this.db.getAll("places")).sort((a, b) => b.openedAt - a.openedAt);
  }
  async putPlace(place: KnownPlace) {
    await this.db.put("places", place);
    for (const old of (await this.places()).slice(PLACES_KEPT)) await this.dropPlace(old.token);
  }
  async dropPlace(token: string) {
    await this.db.delete("places", token);
  }
  draft(token: string) {
    return this.db.get("drafts", token);
  }
  async putDraft(draft: Draft) {
    await this.db.put("drafts", draft);
  }
  async dropDraft(token: string) {
    await this.db.delete("drafts", token);
  }
  stories() {
    return this.db.getAll("stories");
  }
  async putStory(story: KnownStory) {
    await this.db.put("stories", story);
  }
  async dropStory(code: string) {
    await this.db.delete("stories", code);
  }
}

/** As long as the page is open: better than nothing, and the page says so. */
export class PassingStore implements Store {
  readonly lasting = false;
  private readonly kept = new Map<string, Parcel>();
  private readonly bytes = new Map<string, ArrayBuffer>();
  private readonly known = new Map<string, KnownPlace>();
  private readonly drafts = new Map<string, Draft>();
  private readonly heard = new Map<string, KnownStory>();

  async parcels() {
    return [...this.kept.values()].sort(byAge);
  }
  async add(parcel: Parcel, files: Map<string, ArrayBuffer>) {
    for (const [piece, bytes] of files) this.bytes.set(fileKey(parcel.id, piece), bytes);
    this.kept.set(parcel.id, parcel);
  }
  async put(parcel: Parcel) {
    if (this.kept.has(parcel.id)) this.kept.set(parcel.id, parcel);
  }
  async file(parcel: string, piece: string) {
    return this.bytes.get(fileKey(parcel, piece));
  }
  async dropFiles(parcel: Parcel) {
    for (const piece of parcel.pieces) this.bytes.delete(fileKey(parcel.id, piece.id));
  }
  async drop(parcel: Parcel) {
    await this.dropFiles(parcel);
    this.kept.delete(parcel.id);
  }
  async places() {
    return [...this.known.values()].sort((a, b) => b.openedAt - a.openedAt);
  }
  async putPlace(place: KnownPlace) {
    this.known.set(place.token, place);
  }
  async dropPlace(token: string) {
    this.known.delete(token);
  }
  async draft(token: string) {
    return this.drafts.get(token);
  }
  async putDraft(draft: Draft) {
    this.drafts.set(draft.token, draft);
  }
  async dropDraft(token: string) {
    this.drafts.delete(token);
  }
  async stories() {
    return [...this.heard.values()];
  }
  async putStory(story: KnownStory) {
    this.heard.set(story.code, story);
  }
  async dropStory(code: string) {
    this.heard.delete(code);
  }
}

export async function openStore(): Promise<Store> {
  try {
    const db = await openDB<Schema>(DATABASE, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("parcels", { keyPath: "id" });
        fresh.createObjectStore("files");
        fresh.createObjectStore("places", { keyPath: "token" });
        fresh.createObjectStore("drafts", { keyPath: "token" });
        fresh.createObjectStore("stories", { keyPath: "code" });
      },
    });
    return new LastingStore(db);
  } catch {
    return new PassingStore();
  }
}
