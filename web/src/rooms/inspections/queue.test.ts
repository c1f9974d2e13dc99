import { describe, expect, it } from "vitest";
import {
  type AnswerItem,
  belonging,
  type Item,
  nextOpen,
  nextToSend,
  photosToName,
  placeOf,
  placesOf,
  standing,
  withAnswer,
} from "./queue";
import { drawn, rateOption } from "./rateOption";
import type { KeptAnswer, Plan, PlanItem, Rate } from "./types";

const item = (id: number, part: Partial<PlanItem> = {}) => ({ id, answer: null, ...part }) as PlanItem;
const answer = (id: string, itemId: number, part: Partial<AnswerItem> = {}): AnswerItem => ({
  kind: "answer",
  id,
  answer: id,
  by: "me",
  planId: 1,
  itemId,
  result: "finding",
  note: "",
  hazardKind: "other",
  paperDate: "",
  photos: [],
  saidAt: "2026-06-30T01:00:00Z",
  title: { zh: "", en: "" },
  ...part,
});
const photo = (id: string, of: string, part: Partial<Item> = {}) =>
  ({
    kind: "photo",
    id,
    answer: of,
    by: "me",
    planId: 1,
    itemId: 1,
    blob: new Blob(),
    name: "p",
    ...part,
  }) as Item;
const undo = (of: string): Item => ({ kind: "undo", id: `u${of}`, answer: of, by: "me", planId: 1 });
const kept = (part: Partial<KeptAnswer> = {}) =>
  ({ id: 9, result: "ok", note: "", client_id: "a", photos: [], ...part }) as KeptAnswer;
const refusal = { zh: "不", en: "no" };

describe("the queue", () => {
  it("sends photos before their answer, and the answer without those that were refused", () => {
    const said = answer("a", 1, { photos: ["p1", "p2"] });
    const items = [photo("p1", "a", { refusal }), photo("p2", "a"), said];
    expect(nextToSend(items, "me")?.id).toBe("p2");
    expect(nextToSend([items[0] as Item, said], "me")?.id).toBe("a");
    expect(photosToName(said, items)).toEqual(["p2"]);
  });
  it("passes over a refused answer with all that belongs to it, and over other people's", () => {
    const items = [answer("a", 1, { refusal }), undo("a"), answer("b", 2, { by: "other" }), answer("c", 3)];
    expect(nextToSend(items, "me")?.id).toBe("c");
    expect(standing(items, "me")).toMatchObject({ waiting: 2, others: 1 });
    expect(belonging(items, "a").map((one) => one.id)).toEqual(["a", "ua"]);
  });
});

describe("an item of the plan", () => {
  it("shows an answer before it is sent, and is open again when it is taken back", () => {
    const waiting = answer("a", 1, { note: "n" });
    expect(placeOf(item(1), 0, [waiting], "me")).toMatchObject({
      result: "finding",
      note: "n",
      state: "waiting",
    });
    expect(placeOf(item(1), 0, [waiting, undo("a")], "me").result).toBeNull();
    expect(placeOf(item(1, { answer: kept() }), 0, [undo("a")], "me").result).toBeNull();
    expect(placeOf(item(1, { answer: kept() }), 0, [], "me")).toMatchObject({ own: "a", state: "kept" });
  });
  it("keeps other people's answers out of one's own hands", () => {
    expect(placeOf(item(1, { answer: kept({ client_id: null }) }), 0, [], "me").own).toBeNull();
    expect(placeOf(item(1), 0, [answer("a", 1, { by: "other" })], "me").state).toBe("open");
  });
  it("leads to the next open one along the way, round the end, and to none", () => {
    const plan = { stops: [{ items: [item(1)] }, { items: [item(2), item(3)] }] } as Plan;
    const places = placesOf(plan, [answer("a", 2)], "me");
    expect(places.map((place) => place.stop)).toEqual([0, 1, 1]);
    expect(nextOpen(places, 0)).toBe(2);
    expect(nextOpen(places, 2)).toBe(0);
    expect(nextOpen([placeOf(item(2), 0, [answer("a", 2)], "me")], 0)).toBeNull();
  });
  it("takes the server's word into the plan that is kept", () => {
    const plan = { stops: [{ items: [item(1)] }, { items: [item(2)] }] } as Plan;
    const after = withAnswer(plan, 2, kept());
    expect(after.stops[0]?.items[0]?.answer).toBeNull();
    expect(after.stops[1]?.items[0]?.answer?.id).toBe(9);
  });
});

describe("the chart of hit rates", () => {
  const rate = (key: string, share: number | null, small = false) =>
    ({ key, share, low: 0.1, high: 0.6, found: 1, ok: 1, small }) as Rate;
  it("leaves out groups without an answer and says which are small", () => {
    expect(drawn([rate("a", null), rate("b", 0.5)]).map((one) => one.key)).toEqual(["b"]);
    const option = rateOption([rate("b", 0.5, true), rate("c", 0.2)], false, (one) => one.key, "few");
    expect((option.yAxis as { data: string[] }).data).toEqual(["b (few)", "c"]);
    const months = rateOption([rate("c", 0.2)], true, (one) => one.key, "few");
    expect((months.xAxis as { data: string[] }).data).toEqual(["c"]);
  });
});
