import { useSyncExternalStore } from "react";
import { CHANNEL, SYNC_TAG, worldWith } from "./background";
import { emptyDraft } from "./draft";
import type { Parcel } from "./queue";
import { sendDue, wakeAll } from "./sender";
import { openStore, PassingStore, type Store } from "./store";

const LONGEST_MS = 10 * 60_000; // whatever the clock says

export interface OutboxState {
  ready: boolean;
  parcels: Parcel[];
  sending: boolean;
  online: boolean;
  lasting: boolean;
}

/** The reports of this phone on the page: what waits and what went, and the moments at which sending is tried. */
class Outbox {
  store: Store = new PassingStore();
  private state: OutboxState = { ready: false, parcels: [], sending: false, online: true, lasting: true };
  private opening: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private again = false;
  private readonly listeners = new Set<() => void>();
  private channel: BroadcastChannel | undefined;

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = () => this.state;

  /** Opens the store and begins. Idempotent. */
  start(): Promise<void> {
    this.opening ??= this.begin();
    return this.opening;
  }

  private async begin(): Promise<void> {
    this.store = await openStore();
    this.tell({ online: navigator.onLine, lasting: this.store.lasting });
    window.addEventListener("online", () => void this.wake());
    window.addEventListener("offline", () => this.tell({ online: false }));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.wake();
    });
    if ("BroadcastChannel" in window) {
      this.channel = new BroadcastChannel(CHANNEL);
      this.channel.onmessage = () => void this.read();
    }
    await this.read();
    void this.wake();
  }

  async add(parcel: Parcel, files: Map<string, ArrayBuffer>): Promise<void> {
    await this.start();
    await this.store.add(parcel, files);
    await this.changed();
    void navigator.storage?.persist?.().catch(() => false);
    void askForSync();
    void this.wake();
  }

  async drop(parcel: Parcel): Promise<void> {
    await this.store.drop(parcel);
    await this.changed();
  }

  /** The same report under a new id, without the files that were refused. */
  async replace(parcel: Parcel, next: Parcel): Promise<void> {
    const files = new Map<string, ArrayBuffer>();
    for (const piece of next.pieces) {
      const bytes = await this.store.file(parcel.id, piece.id);
      if (bytes) files.set(piece.id, bytes);
    }
    await this.store.add(next, files);
    await this.drop(parcel);
    void this.wake();
  }

  /** A report that was refused becomes what is being written at a place, files and all, beside what stands there. */
  async intoDraft(parcel: Parcel, token: string): Promise<void> {
    const before = (await this.store.draft(token)) ?? emptyDraft(token);
    const draft = { ...before, photos: [...before.photos] };
    for (const piece of parcel.pieces) {
      const bytes = await this.store.file(parcel.id, piece.id);
      if (!bytes) continue;
      if (piece.kind === "photo") draft.photos.push({ id: piece.id, bytes, type: piece.type });
      else draft.voice ??= { id: piece.id, bytes, type: piece.type, seconds: 0 };
    }
    const { words, kind, spot } = parcel.body;
    draft.words = [before.words.trim(), words].filter(Boolean).join("\n");
    draft.kind ??= kind;
    // A tap on another place's plan says nothing here.
    if (spot.source === "gps" || (spot.source === "plan" && token === parcel.body.token))
      draft.chosen ??= spot;
    await this.store.putDraft(draft);
    await this.drop(parcel);
  }

  /** Everything that waits is tried at once. */
  readonly wake = async (): Promise<void> => {
    await this.start();
    this.tell({ online: navigator.onLine });
    await wakeAll(this.store);
    await this.run();
  };

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    if (this.state.sending) {
      this.again = true;
      return;
    }
    if (!navigator.onLine) return; // the event `online` calls again
    this.tell({ sending: true });
    let due: number | undefined;
    try {
      do {
        this.again = false;
        due = await sendDue(this.store, this.world);
      } while (this.again);
    } finally {
      await this.read();
      this.tell({ sending: false });
    }
    if (due !== undefined)
      this.timer = setTimeout(() => void this.run(), Math.min(Math.max(500, due - Date.now()), LONGEST_MS));
  }

  private readonly world = worldWith(() => void this.changed());

  private async changed(): Promise<void> {
    this.channel?.postMessage("changed");
    await this.read();
  }

  private async read(): Promise<void> {
    this.tell({ parcels: await this.store.parcels(), ready: true });
  }

  private tell(part: Partial<OutboxState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

export const outbox = new Outbox();

export function useOutbox(): OutboxState {
  return useSyncExternalStore(outbox.subscribe, outbox.snapshot);
}

interface Syncing {
  sync?: { register(tag: string): Promise<void> };
}

async function askForSync(): Promise<void> {
  try {
    const registration = (await navigator.serviceWorker?.ready) as
      | (ServiceWorkerRegistration & Syncing)
      | undefined;
    await registration?.sync?.register(SYNC_TAG);
  } catch {
    // Without it the next opening of the app sends.
  }
}
