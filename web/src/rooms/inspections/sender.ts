import { ApiError, post, queryClient, upload } from "@/app/client";
import { type AnswerItem, type Item, nextToSend, photosToName, withAnswer } from "./queue";
import { addItem, changeItem, dropItem, forgetOthersPlans, keepPlan, readItems, type Stored } from "./store";
import type { KeptAnswer, Plan } from "./types";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

export interface QueueState {
  items: Item[];
  sending: boolean;
  /** Why sending rests: no connection, or the sign-in has run out. */
  rests: "" | "offline" | "signed_out";
}

/** May pass by itself: no connection, an ended session, a page out of date, too many requests, a failing server. */
function maybeLater(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  if (error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500) return true;
  return error.status === 403 && error.code === "csrf_failed";
}

/** Sends what was found on site, in order, once each; what can't be sent waits, also over a closed page. */
class Sender {
  private state: QueueState = { items: [], sending: false, rests: "" };
  private stored: Stored[] = [];
  private by = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = FIRST_PAUSE_MS;
  private readonly listeners = new Set<() => void>();
  // Made here and not yet tried. A try that failed may have reached the server all the same.
  private readonly untried = new Set<string>();

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = () => this.state;

  /** Begin for the person who is signed in. Idempotent. */
  async start(by: string): Promise<void> {
    if (this.by === by) return;
    this.by = by;
    if (this.listeners.size > 0) this.tell({});
    window.removeEventListener("online", this.wake);
    window.addEventListener("online", this.wake);
    await forgetOthersPlans(by).catch(() => undefined);
    const found = await readItems().catch(() => []);
    const known = new Set(this.stored.map((one) => one.item.id));
    this.stored = [...found.filter((one) => !known.has(one.item.id)), ...this.stored];
    this.tell({});
    this.wake();
  }

  async add(items: Item[]): Promise<void> {
    for (const item of items) {
      this.untried.add(item.id);
      const kept = await addItem(item).catch(() => ({ key: -performance.now(), item }));
      this.stored = [...this.stored, kept];
    }
    this.tell({});
    this.wake();
  }

  async drop(items: Item[]): Promise<void> {
    const gone = new Set(items);
    const leaving = this.stored.filter((one) => gone.has(one.item));
    this.stored = this.stored.filter((one) => !gone.has(one.item));
    this.tell({});
    for (const one of leaving) await dropItem(one.key).catch(() => undefined);
  }

  /** Whether the server can't know of an item. */
  isUnsent(item: Item): boolean {
    return this.untried.has(item.id);
  }

  readonly wake = () => {
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE_MS;
    void this.run();
  };

  private async run(): Promise<void> {
    if (this.state.sending) return;
    if (!nextToSend(this.state.items, this.by)) {
      if (this.state.rests) this.tell({ rests: "" });
      return;
    }
    if (!navigator.onLine) {
      this.tell({ rests: "offline" });
      this.timer = setTimeout(() => void this.run(), LONGEST_PAUSE_MS);
      return;
    }
    this.tell({ sending: true });
    // Two windows of one browser send one after the other. Without the lock (no https) the server still keeps once.
    const work = () => this.sendAll();
    const rests = navigator.locks ? await navigator.locks.request("yufang.inspections", work) : await work();
    this.tell({ sending: false, rests });
    if (rests) {
      this.timer = setTimeout(() => void this.run(), this.pause);
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    }
  }

  private async sendAll(): Promise<QueueState["rests"]> {
    for (;;) {
      const item = nextToSend(this.state.items, this.by);
      if (!item) return "";
      this.untried.delete(item.id);
      try {
        await this.send(item);
        await this.drop([item]);
      } catch (error) {
        if (maybeLater(error)) {
          return error instanceof ApiError && error.status === 401 ? "signed_out" : "offline";
        }
        await this.refuse(item, error as ApiError);
      }
    }
  }

  private async send(item: Item): Promise<void> {
    if (item.kind === "photo") {
      const form = new FormData();
      form.append("file", item.blob, item.name);
      await upload(`/inspections/items/${item.itemId}/photos/${encodeURIComponent(item.id)}`, form);
    } else if (item.kind === "answer") {
      const kept = await post<KeptAnswer>("/inspections/answers", body(item, this.state.items));
      await patch(this.by, item.planId, item.itemId, kept);
    } else {
      await post<KeptAnswer>(`/inspections/answers/${encodeURIComponent(item.answer)}/undo`);
      // What stood before the answer is the server's to say.
      await queryClient.invalidateQueries({ queryKey: ["inspection", String(item.planId)] });
    }
  }

  private async refuse(item: Item, error: ApiError): Promise<void> {
    const refused = { ...item, refusal: { zh: error.messageZh, en: error.messageEn } };
    this.stored = this.stored.map((one) => (one.item === item ? { key: one.key, item: refused } : one));
    this.tell({});
    const kept = this.stored.find((one) => one.item === refused);
    if (kept) await changeItem(kept).catch(() => undefined);
  }

  private tell(part: Partial<QueueState>) {
    this.state = { ...this.state, ...part, items: this.stored.map((one) => one.item) };
    for (const listener of this.listeners) listener();
  }
}

export const sender = new Sender();

function body(item: AnswerItem, items: Item[]) {
  return {
    client_id: item.id,
    item_id: item.itemId,
    result: item.result,
    note: item.note,
    photos: photosToName(item, items),
    hazard_kind: item.hazardKind,
    paper_date: item.paperDate || null,
    said_at: item.saidAt,
  };
}

/** The plan on screen and the one kept for later say what the server has just kept. */
async function patch(by: string, planId: number, itemId: number, kept: KeptAnswer): Promise<void> {
  const key = ["inspection", String(planId)];
  const before = queryClient.getQueryData<Plan>(key);
  if (!before) return;
  const after = withAnswer(before, itemId, kept);
  queryClient.setQueryData(key, after);
  await keepPlan(by, after).catch(() => undefined);
}
