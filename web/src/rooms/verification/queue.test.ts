import { describe, expect, it } from "vitest";
import { type AnswerItem, type Item, nextOpen, nextToSend, placeOf, standing, withAnswer } from "./queue";
import { drawn, rateOption } from "./rateOption";
import type { RateRow, Round, Slot } from "./types";

const slot = (id: number, part: Partial<Slot> = {}) =>
  ({ id, point_id: 100 + id, result: null, answer_client: null, note: "", photos: 0, ...part }) as Slot;
const answer = (id: string, pointId: number, part: Partial<AnswerItem> = {}): AnswerItem => ({
  kind: "answer",
  id,
  by: "me",
  enterpriseId: 1,
  pointId,
  slotId: pointId - 100,
  result: "confirmed",
  note: "",
  saidAt: "2026-06-30T01:00:00Z",
  title: { zh: "", en: "" },
  ...part,
});
const photo = (of: string): Item => ({
  kind: "photo",
  id: `p${of}`,
  by: "me",
  answer: of,
  blob: new Blob(),
  name: "p.jpg",
});
const undo = (of: string): Item => ({ kind: "undo", id: `u${of}`, by: "me", answer: of, enterpriseId: 1 });
const refusal = { zh: "不", en: "no" };

describe("the queue", () => {
  it("sends in order and passes over what was refused with all that belongs to it", () => {
    const items = [answer("a", 101, { refusal }), photo("a"), answer("b", 102), photo("b")];
    expect(nextToSend(items, "me")?.id).toBe("b");
    expect(nextToSend([], "me")).toBeUndefined();
  });
  it("never sends another person's answers, and says that they wait", () => {
    const items = [answer("a", 101, { by: "other" })];
    expect(nextToSend(items, "me")).toBeUndefined();
    expect(standing(items, "me")).toEqual({ waiting: 0, refused: [], others: 1 });
  });
});

describe("a place of the list", () => {
  it("shows an answer before it is sent", () => {
    const found = placeOf(slot(1), [answer("a", 101, { note: "n" }), photo("a")], "me");
    expect(found).toMatchObject({ result: "confirmed", note: "n", photos: 1, own: "a", state: "waiting" });
  });
  it("is open again when its answer is taken back, sent or not", () => {
    expect(placeOf(slot(1), [answer("a", 101), undo("a")], "me").result).toBeNull();
    const kept = slot(1, { result: "not_found", answer_client: "a" });
    expect(placeOf(kept, [undo("a")], "me").result).toBeNull();
    expect(placeOf(kept, [], "me")).toMatchObject({ result: "not_found", own: "a", state: "kept" });
  });
  it("keeps other people's answers out of one's own hands", () => {
    expect(placeOf(slot(1, { result: "confirmed" }), [], "me")).toMatchObject({ own: null, state: "kept" });
    expect(placeOf(slot(1), [answer("a", 101, { by: "other" })], "me").state).toBe("open");
  });
  it("says when the server refused it", () => {
    expect(placeOf(slot(1), [answer("a", 101, { refusal })], "me").state).toBe("refused");
  });
  it("leads to the next open one, round the end, and to none when all are answered", () => {
    const places = [1, 2, 3].map((id) => placeOf(slot(id), [answer("a", 102)], "me"));
    expect(nextOpen(places, 0)).toBe(2);
    expect(nextOpen(places, 2)).toBe(0);
    expect(nextOpen([placeOf(slot(2), [answer("a", 102)], "me")], 0)).toBeNull();
  });
  it("takes the server's word into the list that is kept", () => {
    const round = { slots: [slot(1), slot(2)] } as Round;
    const kept = { id: 9, result: "confirmed" as const, note: "n", client_id: "a" };
    const after = withAnswer(round, 102, kept).slots;
    expect(after[0]?.result).toBeNull();
    expect(after[1]).toMatchObject({ result: "confirmed", status: "confirmed", answer_client: "a" });
    expect(withAnswer({ ...round, slots: after }, 102, null).slots[1]).toMatchObject({ status: "open" });
  });
});

describe("the chart of rates", () => {
  const row = (key: string, answered: number): RateRow => {
    const share = {
      answered,
      confirmed: 1,
      not_found: answered - 1,
      not_applicable: 0,
      share: answered ? 1 / answered : null,
      low: 0.1,
      high: 0.6,
      small: answered < 10,
      expected: 0.4,
    };
    return { key, name_zh: key, name_en: key, proposed: share, explored: share, weighted: null };
  };
  it("leaves out groups without an answer and says which are small", () => {
    expect(drawn([row("a", 0), row("b", 2)], false).map((one) => one.key)).toEqual(["b"]);
    const option = rateOption([row("b", 2), row("c", 20)], false, (one) => one.name_en, "few");
    expect((option.yAxis as { data: string[] }).data).toEqual(["b (few)", "c"]);
  });
  it("draws the band from the lower to the upper end", () => {
    const series = rateOption([row("c", 20)], true, (one) => one.name_en, "few").series as {
      data: unknown[];
    }[];
    expect(series[0]?.data).toEqual([0.1]);
    expect(series[1]?.data).toMatchObject([{ value: 0.5 }]);
  });
});
