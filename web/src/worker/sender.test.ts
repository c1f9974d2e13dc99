import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { Problem } from "@/offline/problem";
import { sha256 } from "@/offline/sha256";
import { emptyDraft, toParcel } from "./draft";
import { isOpen, nextDue, type Parcel, standing, withoutRefused } from "./queue";
import { sendDue, type World, wakeAll } from "./sender";
import { openStore, PassingStore, type Store } from "./store";
import type { Place, ReportBody, Taken } from "./types";

const DAY = 24 * 3600_000;
const START = Date.parse("2026-11-20T08:00:00Z");
const place: Place = {
  token: "press-shop-7Q",
  area_zh: "冲压车间",
  area_en: "Press shop",
  organisation: "青澜机械",
  plan: null,
  spot: [0.5, 0.25],
  closed: false,
  closed_why_zh: "",
  closed_why_en: "",
  kinds: [],
  promise_hours: 48,
  signed_in_as: null,
  synthetic: true,
};

/** Chance that repeats: mulberry32. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A server that keeps to the agreement of ids and hashes, behind a network that a test makes as bad as it likes. */
class Server {
  reports = new Map<string, { body: ReportBody; here: Map<string, ArrayBuffer> }>();
  opened: string[] = [];
  calls: string[] = [];
  now = START;
  /** "before": the call never arrives; "after": the answer gets lost. */
  network: (call: string) => "up" | "before" | "after" | Problem = () => "up";
  refusing = new Map<string, Problem>();
  goesOnWithout = false;
  private readonly refused = new Map<string, string>();

  world(chance = () => 0): World {
    return {
      putReport: (id, body) => this.over(`report ${id}`, async () => this.report(id, body as ReportBody)),
      putFile: (id, file, bytes) => this.over(`file ${file}`, () => this.file(id, file, bytes)),
      now: () => this.now,
      chance,
      alone: (work) => work(),
      changed: () => undefined,
    };
  }
  private async over(call: string, work: () => Promise<Taken>): Promise<Taken> {
    this.calls.push(call);
    this.now += 50;
    const fate = this.network(call);
    if (fate instanceof Problem) throw fate;
    if (fate === "before") throw new Problem(0, "unreachable", "连不上", "unreachable");
    const taken = await work();
    if (fate === "after") throw new Problem(0, "unreachable", "连不上", "unreachable");
    return taken;
  }
  private report(id: string, body: ReportBody): Taken {
    const known = this.reports.get(id);
    if (known && JSON.stringify(known.body) !== JSON.stringify(body)) {
      throw new Problem(409, "other_content", "内容不同", "other content");
    }
    if (!known) this.reports.set(id, { body, here: new Map() });
    return this.word(id);
  }
  private async file(id: string, file: string, bytes: ArrayBuffer): Promise<Taken> {
    const report = this.reports.get(id);
    const declared = report?.body.files.find((one) => one.id === file);
    if (!report || !declared) throw new Problem(404, "not_declared", "没有", "not declared");
    const refusal = this.refusing.get(file);
    if (refusal) {
      if (this.goesOnWithout) this.refused.set(file, id);
      this.word(id);
      throw refusal;
    }
    if ((await sha256(bytes)) !== declared.sha256) throw new Problem(422, "wrong_bytes", "不一致", "wrong");
    report.here.set(file, bytes);
    return this.word(id);
  }
  private word(id: string): Taken {
    const report = this.reports.get(id);
    if (!report) throw new Error("no such report");
    const refused = report.body.files.filter((one) => this.refused.has(one.id));
    const missing = report.body.files
      .filter((one) => !report.here.has(one.id) && !this.refused.has(one.id))
      .map((one) => one.id);
    if (missing.length === 0 && !this.opened.includes(id)) this.opened.push(id);
    return {
      code: `code-${id}`,
      state: missing.length === 0 ? "complete" : "waiting",
      missing,
      refused: refused.map(({ id }) => ({
        id,
        code: "not_a_photo",
        message_zh: "不是照片",
        message_en: "no photo",
      })),
      joined: false,
      note_zh: "",
      note_en: "",
    };
  }
}

async function add(
  store: Store,
  id: string,
  photos = 3,
  saidAt = new Date(START).toISOString(),
): Promise<Parcel> {
  const draft = emptyDraft(place.token);
  draft.words = `护罩松动 ${id}`;
  for (let n = 1; n <= photos; n += 1) {
    const bytes = new TextEncoder().encode(`photo ${n} of ${id}`).buffer as ArrayBuffer;
    draft.photos.push({ id: `${id}-p${n}`, bytes, type: "image/jpeg" });
  }
  const { parcel, files } = await toParcel(draft, place, { named: false, name: "", phone: "" }, id, saidAt);
  await store.add(parcel, files);
  return parcel;
}

async function only(store: Store): Promise<Parcel> {
  const [parcel] = await store.parcels();
  if (!parcel) throw new Error("there is none");
  return parcel;
}

describe.each([
  ["IndexedDB", openStore],
  ["a browser that stores nothing", async () => new PassingStore()],
])("sending with %s", (_name, open) => {
  let store: Store;
  let server: Server;
  beforeEach(async () => {
    globalThis.indexedDB = new IDBFactory();
    store = await open();
    server = new Server();
  });

  it("brings the words and every photo, and then keeps the code and no bytes", async () => {
    await add(store, "a");
    expect(await sendDue(store, server.world())).toBeUndefined();
    const sent = await only(store);
    expect(sent.complete).toBe(true);
    expect(sent.code).toBe("code-a");
    expect(server.calls).toEqual(["report a", "file a-p1", "file a-p2", "file a-p3"]);
    expect(await store.file("a", "a-p1")).toBeUndefined();
  });

  it("brings 30 reports over a network that loses a fifth of all calls, each once and whole", async () => {
    const chance = chances(5);
    for (let n = 0; n < 30; n += 1) await add(store, `r${n}`, 3);
    server.network = () => {
      const drawn = chance();
      return drawn < 0.1 ? "before" : drawn < 0.2 ? "after" : "up";
    };
    for (let due: number | undefined = 0; due !== undefined; ) {
      due = await sendDue(store, server.world(chance));
      if (due !== undefined) server.now = Math.max(server.now, due);
    }
    expect(server.opened).toHaveLength(30);
    expect(new Set(server.opened).size).toBe(30);
    for (const { body, here } of server.reports.values()) {
      for (const file of body.files) expect(await sha256(here.get(file.id) as ArrayBuffer)).toBe(file.sha256);
    }
    expect((await store.parcels()).every((one) => one.complete)).toBe(true);
  });

  it("waits longer after each failure, at most five minutes, and sends at once when the network is back", async () => {
    await add(store, "a", 0);
    server.network = () => "before";
    const pauses: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const due = (await sendDue(store, server.world())) ?? 0;
      pauses.push(due - server.now);
      server.now = due;
    }
    expect(pauses.slice(0, 4)).toEqual([2000, 4000, 8000, 16000]);
    expect(Math.max(...pauses)).toBe(5 * 60_000);
    server.network = () => "up";
    server.now -= 60_000;
    await sendDue(store, server.world());
    expect(server.opened).toEqual([]);
    await wakeAll(store);
    await sendDue(store, server.world());
    expect(server.opened).toEqual(["a"]);
  });

  it("repeats exactly what it said, days later too", async () => {
    const parcel = await add(store, "a", 1);
    server.network = () => "after";
    await sendDue(store, server.world());
    server.now += 9 * DAY;
    server.network = () => "up";
    expect(await sendDue(store, server.world())).toBeUndefined();
    expect(server.opened).toEqual(["a"]);
    expect(server.reports.get("a")?.body).toEqual(parcel.body);
    expect(server.reports.get("a")?.body.said_at).toBe(new Date(START).toISOString());
  });

  it("doesn't try the next report while there is no network, and does while one report alone fails", async () => {
    await add(store, "a", 0, "2026-11-20T01:00:00Z");
    await add(store, "b", 0, "2026-11-20T02:00:00Z");
    server.network = () => "before";
    await sendDue(store, server.world());
    expect(server.calls).toEqual(["report a"]);
    server.network = (call) =>
      call === "report a" ? new Problem(500, "unreadable", "出错", "failed") : "up";
    server.now += DAY;
    await sendDue(store, server.world());
    expect(server.opened).toEqual(["b"]);
    server.network = () => "up";
    server.now += DAY;
    await sendDue(store, server.world());
    expect(server.opened).toEqual(["b", "a"]);
  });

  it("keeps a refused file with its reason, sends the rest, and goes on where the server does", async () => {
    await add(store, "a");
    server.refusing.set("a-p2", new Problem(422, "not_a_photo", "不是照片", "no photo"));
    server.goesOnWithout = true;
    expect(await sendDue(store, server.world())).toBeUndefined();
    const after = await only(store);
    expect(after.pieces.map((one) => one.state)).toEqual(["sent", "refused", "sent"]);
    expect(after.pieces[1]?.refusal?.zh).toBe("不是照片");
    expect(after.complete).toBe(true);
    expect(standing(after)).toBe("complete");
    expect(server.opened).toEqual(["a"]);
  });

  it("asks its person where the server does not go on without a file, and then sends the others", async () => {
    await add(store, "a");
    server.refusing.set("a-p2", new Problem(413, "photo_too_large", "太大", "too large"));
    expect(await sendDue(store, server.world())).toBeUndefined();
    const stuck = await only(store);
    expect(standing(stuck)).toBe("file_refused");
    expect(isOpen(stuck)).toBe(false);
    expect(await store.file("a", "a-p2")).toBeDefined();
    const next = withoutRefused(stuck, "b");
    const files = new Map<string, ArrayBuffer>();
    for (const piece of next.pieces) files.set(piece.id, (await store.file("a", piece.id)) as ArrayBuffer);
    await store.add(next, files);
    await store.drop(stuck);
    expect(await sendDue(store, server.world())).toBeUndefined();
    expect(server.opened).toEqual(["b"]);
    expect(server.reports.get("b")?.body.files).toHaveLength(2);
  });

  it("keeps a refused report with its reason and its photos until its person acts", async () => {
    await add(store, "a", 1);
    await add(store, "b", 1, "2026-11-20T09:00:00Z");
    server.network = (call) =>
      call === "report a" ? new Problem(404, "unknown_place", "没有这个地点", "no such place") : "up";
    expect(await sendDue(store, server.world())).toBeUndefined();
    const [refused] = await store.parcels();
    expect(standing(refused as Parcel)).toBe("refused");
    expect(refused?.refusal?.zh).toBe("没有这个地点");
    expect(await store.file("a", "a-p1")).toBeDefined();
    expect(server.opened).toEqual(["b"]);
  });

  it("says everything again to a server that was restored from an older copy", async () => {
    await add(store, "a");
    server.network = (call) => (call === "file a-p3" ? "before" : "up");
    await sendDue(store, server.world());
    server.reports.clear();
    server.network = () => "up";
    for (let n = 0; n < 3; n += 1) {
      server.now += DAY;
      await sendDue(store, server.world());
    }
    expect(server.opened).toEqual(["a"]);
    expect(server.reports.get("a")?.here.size).toBe(3);
  });

  it("does not ask for ever where a file is taken and still said to be missing", async () => {
    await add(store, "a", 1);
    const world = server.world();
    const forgetful: World = {
      ...world,
      putFile: async (...all) => ({ ...(await world.putFile(...all)), state: "waiting", missing: ["a-p1"] }),
    };
    const due = await sendDue(store, forgetful);
    expect(due).toBeGreaterThan(server.now);
    expect(server.calls).toEqual(["report a", "file a-p1"]);
  });

  it("waits as long as a busy server asks", async () => {
    await add(store, "a", 0);
    server.network = () => new Problem(429, "too_many", "太多", "too much", 90_000);
    expect((await sendDue(store, server.world())) ?? 0).toBe(server.now + 90_000);
  });

  it("does not bring back what its person threw away while it was being sent", async () => {
    const parcel = await add(store, "a", 1);
    const world = server.world();
    await sendDue(store, {
      ...world,
      putReport: async (...all) => {
        await store.drop(parcel);
        return world.putReport(...all);
      },
    });
    expect(await store.parcels()).toEqual([]);
    expect(nextDue(await store.parcels())).toBeUndefined();
  });
});

describe("what lasts", () => {
  it("is there in another window of the same browser", async () => {
    globalThis.indexedDB = new IDBFactory();
    await add(await openStore(), "a", 2);
    const other = await openStore();
    expect((await other.parcels()).map((one) => one.id)).toEqual(["a"]);
    expect((await other.file("a", "a-p2"))?.byteLength).toBeGreaterThan(0);
    expect(other.lasting).toBe(true);
  });
});
