import { describe, expect, it, vi } from "vitest";
import { sha256 } from "@/offline/sha256";
import { emptyDraft, lacks, spotOf, toParcel } from "./draft";
import { isPlace, readPosition } from "./exif";
import { fixedAfter } from "./FollowPage";
import { believed } from "./PlaceStep";
import { codeIn, routeOf, tokenIn } from "./route";
import { stretch, when } from "./time";
import type { Place, Story } from "./types";
import { orderOf } from "./WordsStep";

const place = { spot: [0.2, 0.8], area_zh: "库房", area_en: "Store", organisation: "厂" } as unknown as Place;
const photo = (position?: { lat: number; lon: number; accuracy_m: number | null }) => ({
  id: "p",
  bytes: new ArrayBuffer(1),
  type: "image/jpeg",
  position,
});

/** The head of a JPEG whose EXIF holds a position, written out byte by byte. */
function jpeg(
  lat: [number, number, number],
  lon: [number, number, number],
  refs = "NE",
  error?: number,
): DataView {
  const view = new DataView(new ArrayBuffer(256));
  view.setUint16(0, 0xffd8);
  view.setUint16(2, 0xffe1);
  view.setUint16(4, 240);
  view.setUint32(6, 0x45786966);
  const tiff = 12;
  const u16 = (at: number, value: number) => view.setUint16(tiff + at, value);
  const u32 = (at: number, value: number) => view.setUint32(tiff + at, value);
  u16(0, 0x4d4d);
  u16(2, 42);
  u32(4, 8);
  u16(8, 1);
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    u16(at, tag);
    u16(at + 2, type);
    u32(at + 4, count);
    u32(at + 8, value);
  };
  entry(10, 0x8825, 4, 1, 26);
  u16(26, error === undefined ? 4 : 5);
  entry(28, 1, 2, 2, refs.charCodeAt(0) << 24);
  entry(40, 2, 5, 3, 100);
  entry(52, 3, 2, 2, refs.charCodeAt(1) << 24);
  entry(64, 4, 5, 3, 124);
  if (error !== undefined) entry(76, 0x1f, 5, 1, 148);
  const ratios = [...lat, ...lon, error ?? 0];
  ratios.forEach((value, index) => {
    u32(100 + index * 8, Math.round(value * 100));
    u32(104 + index * 8, 100);
  });
  return view;
}

describe("the position in a photo", () => {
  it("is read with its sign and its accuracy", () => {
    expect(readPosition(jpeg([31, 30, 36], [121, 15, 0], "NE", 12))).toEqual({
      lat: 31.51,
      lon: 121.25,
      accuracy_m: 12,
    });
    expect(readPosition(jpeg([31, 30, 36], [121, 15, 0], "SW"))).toEqual({
      lat: -31.51,
      lon: -121.25,
      accuracy_m: null,
    });
  });
  it("is not believed at (0, 0) and off the globe", () => {
    expect(readPosition(jpeg([0, 0, 0], [0, 0, 0]))).toBeUndefined();
    expect(readPosition(jpeg([95, 0, 0], [10, 0, 0]))).toBeUndefined();
    expect(isPlace(Number.NaN, 3)).toBe(false);
  });
  it("is absent where a file has none", () => {
    expect(readPosition(new DataView(new TextEncoder().encode("GIF89a not a jpeg").buffer))).toBeUndefined();
  });
});

describe("where it is", () => {
  const qr = { source: "qr", x: 0.2, y: 0.8, lat: null, lon: null, accuracy_m: null };
  it("is the QR code's place until something better is known", () => {
    const draft = emptyDraft("t");
    expect(spotOf(draft, place)).toEqual(qr);
    draft.photos = [photo({ lat: 31, lon: 121, accuracy_m: 800 })];
    expect(spotOf(draft, place)).toEqual(qr);
    draft.photos.push(photo({ lat: 31, lon: 121, accuracy_m: 8 }));
    expect(spotOf(draft, place)).toMatchObject({ source: "gps", lat: 31, lon: 121, accuracy_m: 8 });
    expect(spotOf({ ...draft, withoutPhotoPosition: true }, place)).toEqual(qr);
    const chosen = { source: "plan", x: 0.5, y: 0.5, lat: null, lon: null, accuracy_m: null } as const;
    expect(spotOf({ ...draft, chosen }, place)).toEqual(chosen);
  });
  it("takes no position of the phone that is coarse or nowhere", () => {
    expect(believed({ latitude: 0, longitude: 0, accuracy: 5 })).toBe("gpsNowhere");
    expect(believed({ latitude: 31, longitude: 121, accuracy: 900 })).toBe("gpsCoarse");
    expect(believed({ latitude: 31, longitude: 121, accuracy: 9 })).toMatchObject({
      source: "gps",
      accuracy_m: 9,
    });
  });
});

describe("what is sent", () => {
  it("names nobody in an anonymous report, whatever this phone knows", async () => {
    const draft = { ...emptyDraft("t"), words: " 地面有油 " };
    const who = { named: false, name: "王强", phone: "13800000000" };
    const { parcel } = await toParcel(draft, place, who, "id", "2026-11-20T00:00:00Z");
    expect(parcel.body).toMatchObject({ words: "地面有油", named: false, name: null, phone: null });
    const named = await toParcel(draft, place, { ...who, named: true }, "id", "2026-11-20T00:00:00Z");
    expect(named.parcel.body).toMatchObject({ named: true, name: "王强", phone: "13800000000" });
  });
  it("needs one of words, photo and voice", () => {
    expect(lacks({ ...emptyDraft("t"), kind: "guard" })).toBe("words");
    expect(lacks({ ...emptyDraft("t"), words: "油" })).toBeNull();
    expect(lacks({ ...emptyDraft("t"), photos: [photo()] })).toBeNull();
  });
  it("is hashed alike by the browser and without it", async () => {
    const bytes = new TextEncoder().encode("abc").buffer as ArrayBuffer;
    const known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await sha256(bytes)).toBe(known);
    vi.stubGlobal("crypto", {});
    expect(await sha256(bytes)).toBe(known);
    vi.unstubAllGlobals();
  });
});

describe("addresses and codes", () => {
  it("lead to their pages", () => {
    expect(routeOf("/w")).toEqual({ page: "home" });
    expect(routeOf("/w/")).toEqual({ page: "home" });
    expect(routeOf("/w/Ab3_xyz")).toEqual({ page: "report", token: "Ab3_xyz" });
    expect(routeOf("/w/follow/7K3M-9QWD")).toEqual({ page: "follow", code: "7K3M-9QWD" });
    expect(routeOf("/w/sent/1-2")).toEqual({ page: "sent", id: "1-2" });
    expect(routeOf("/w/%E0%A4%A")).toEqual({ page: "report", token: "%E0%A4%A" });
  });
  it("are found in what a camera reads or a person types", () => {
    expect(tokenIn("https://yufang.example/w/Ab3_xyzQ?x=1")).toBe("Ab3_xyzQ");
    expect(tokenIn(" Ab3_xyzQ ")).toBe("Ab3_xyzQ");
    expect(tokenIn("https://elsewhere.example/menu")).toBeUndefined();
    expect(tokenIn("https://yufang.example/w/follow/7K3M-9QWD-X2RT")).toBeUndefined();
    expect(codeIn("7k3m 9qwd x2rt")).toBe("7K3M-9QWD-X2RT");
    expect(codeIn("https://yufang.example/w/follow/7K3M-9QWD-X2RT")).toBe("7K3M-9QWD-X2RT");
    expect(codeIn("?")).toBeUndefined();
  });
});

describe("what is shown", () => {
  it("puts suggested kinds first, the chosen one before them", () => {
    const kinds = ["a", "b", "c", "d"].map((key) => ({ key, zh: key, en: key }));
    expect(orderOf(kinds, ["c", "b"], "d").map((one) => one.key)).toEqual(["d", "c", "b", "a"]);
    expect(orderOf(kinds, ["c", "gone"], "c").map((one) => one.key)).toEqual(["c", "a", "b", "d"]);
  });
  it("says a stretch of time in the unit that suits it", () => {
    expect(stretch(30_000)).toEqual({ unit: "minutes", n: 1 });
    expect(stretch(48 * 3600_000)).toEqual({ unit: "hours", n: 48 });
    expect(stretch(73 * 3600_000)).toEqual({ unit: "days", n: 3 });
    expect(when("2026-11-20T08:05:00", "en", Date.parse("2026-11-20T20:00:00"))).toBe("08:05");
  });
  it("counts the thanks to the fix that held, not to one that was sent back", () => {
    const step = (state: string, at: string) => ({ at, state, text_zh: "", text_en: "" });
    const story = {
      said_at: "2026-11-20T08:00:00Z",
      steps: [
        step("fixed", "2026-11-20T10:00:00Z"),
        step("in_progress", "2026-11-20T11:00:00Z"),
        step("fixed", "2026-11-20T14:00:00Z"),
      ],
    } as unknown as Story;
    expect(fixedAfter(story)).toBe(6 * 3600_000);
  });
});
