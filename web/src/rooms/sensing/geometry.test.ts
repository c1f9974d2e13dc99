import { describe, expect, it } from "vitest";
import type { Place, PlacesOf, SitePlan } from "@/app/types";
import { boxAround, cellPaths, gridStep, scenesOf, spotsOf, toMetres, toShare, unplaced } from "./geometry";
import type { Channel } from "./types";

const plan = { id: 1, width: 1600, height: 1000, metres_wide: 160 } as SitePlan;
const area = (id: number, plan_id: number | null) =>
  ({
    id,
    plan_id,
    outline: [
      [0.2, 0.2],
      [0.4, 0.2],
      [0.4, 0.4],
      [0.2, 0.4],
    ],
  }) as Place;
const channel = (id: number, part: Partial<Channel> = {}) =>
  ({ id, key: `c${id}`, area_id: null, x: null, y: null, closed: false, ...part }) as Channel;
const places = (plans: SitePlan[], areas: Place[] = []) => ({ plans, areas }) as PlacesOf;
const box = { left: 0, bottom: 0, wide: 160, high: 100 };

describe("places on a plan", () => {
  it("are metres from the lower left corner, y up, as positions of people are", () => {
    expect(toShare(box, 0, 0)).toEqual([0, 1]);
    expect(toShare(box, 160, 100)).toEqual([1, 0]);
    expect(toShare(box, 40, 75)).toEqual([0.25, 0.25]);
  });
  it("go to a share of the picture and back to the centimetre", () => {
    const turned = { left: -20, bottom: 5, wide: 73, high: 41 };
    for (const [x, y] of [
      [0.13, 8.77],
      [12.5, 40],
    ] as const)
      expect(toMetres(turned, toShare(turned, x, y))).toEqual({ x, y });
  });
  it("without a plan lie in a box around them, never narrower than ten metres", () => {
    expect(boxAround([{ x: null, y: 1 }])).toBeNull();
    const one = boxAround([{ x: 5, y: 5 }]);
    expect(one?.wide).toBeGreaterThan(10);
    const tall = boxAround([
      { x: 0, y: 0 },
      { x: 1, y: 60 },
    ]);
    expect(tall?.high).toBeGreaterThan(60);
    const [x, y] = toShare(tall as NonNullable<typeof tall>, 1, 60);
    expect(x > 0 && x < 1 && y > 0 && y < 1).toBe(true);
  });
  it("have a grid of round metres", () => {
    expect([gridStep(160), gridStep(12), gridStep(900)]).toEqual([20, 2, 200]);
  });
});

describe("scenes", () => {
  it("are the plans, and a sketch for what stands on none", () => {
    const scenes = scenesOf(places([plan], [area(7, 1), area(8, null)]), [
      channel(1, { area_id: 7 }),
      channel(2, { area_id: 8, x: 3, y: 4 }),
      channel(3, { x: 10, y: 10 }),
      channel(4),
      channel(5, { closed: true }),
    ]);
    expect(scenes.map((scene) => [scene.key, scene.channels.map((one) => one.id)])).toEqual([
      ["plan-1", [1, 3]],
      ["area-8", [2]],
      ["area-0", [4]],
    ]);
  });
  it("put a place without an area on no plan where several could be meant", () => {
    const scenes = scenesOf(places([plan, { ...plan, id: 2 }]), [channel(3, { x: 10, y: 10 })]);
    expect(scenes.map((scene) => scene.key)).toEqual(["plan-1", "plan-2", "area-0"]);
  });
});

describe("marks", () => {
  const scene = (channels: Channel[], part = {}) => ({
    key: "plan-1",
    plan,
    area: null,
    box,
    ratio: 0.625,
    channels,
    ...part,
  });
  it("are shared by channels of one spot, and not by those further off", () => {
    const spots = spotsOf(
      scene([channel(1, { x: 10, y: 10 }), channel(2, { x: 11, y: 10 }), channel(3, { x: 60, y: 10 })]),
      [],
      0.02,
    );
    expect(spots.map((spot) => spot.channels.length)).toEqual([2, 1]);
  });
  it("stand in their area where their place isn't known, and nowhere without one", () => {
    const given = scene([channel(1, { area_id: 7 }), channel(2, { x: 1, y: 1 }), channel(3)]);
    const spots = spotsOf(given, [area(7, 1)], 0.02);
    expect(spots.map((spot) => [spot.measured, spot.channels.length])).toEqual([
      [true, 1],
      [false, 1],
    ]);
    expect(unplaced(given, spots).map((one) => one.id)).toEqual([3]);
  });
  it("of a sketch without any place stand in rows inside it", () => {
    const many = Array.from({ length: 30 }, (_, n) => channel(n));
    const spots = spotsOf(scene(many, { plan: null, box: null }), [], 0.02);
    expect(spots).toHaveLength(30);
    for (const { at } of spots) expect(Math.min(...at) > 0 && Math.max(...at) < 1).toBe(true);
    expect(new Set(spots.map(({ at }) => at.join())).size).toBe(30);
  });
});

it("neighbouring cells of one level are one rectangle, and a row never runs into the next", () => {
  const paths = cellPaths([4, 4, 1, 4, 4, 4], 3);
  expect(paths.get(4)).toBe("M0 0h2v1h-2zM0 1h3v1h-3z");
  expect(paths.get(1)).toBe("M2 0h1v1h-1z");
});
