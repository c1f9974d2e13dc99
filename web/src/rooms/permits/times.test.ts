import { describe, expect, it } from "vitest";
import { HOUR, latestEnd, stateAt, usualEnd, within } from "./times";

const START = Date.parse("2026-03-02T08:00:00Z");
const permit = { starts_at: "2026-03-02T08:00:00Z", ends_at: "2026-03-02T10:00:00Z", closed_at: null };

describe("a permit", () => {
  it("waits, holds and runs out by time; closed is closed", () => {
    expect(stateAt(permit, START - 1)).toBe("waiting");
    expect(stateAt(permit, START)).toBe("valid");
    expect(stateAt(permit, START + 2 * HOUR)).toBe("expired");
    expect(stateAt({ ...permit, closed_at: permit.starts_at }, START)).toBe("closed");
  });
  it("is for a shift, or for less where less is allowed", () => {
    expect(usualEnd(new Date(START), 72).getTime() - START).toBe(8 * HOUR);
    expect(usualEnd(new Date(START), 4).getTime() - START).toBe(4 * HOUR);
  });
  it("can be extended only by whole minutes", () => {
    const latest_end = "2026-03-02T16:00:30Z";
    expect(latestEnd({ ...permit, latest_end })?.toISOString()).toBe("2026-03-02T16:00:00.000Z");
    expect(latestEnd({ ends_at: "2026-03-02T16:00:00Z", latest_end })).toBeNull();
  });
  it("lies within its area or beside it", () => {
    const corner: [number, number][] = [[0, 0], [0.5, 0], [0.5, 0.2], [0.2, 0.2], [0.2, 0.5], [0, 0.5]]; // biome-ignore format: one line
    expect(within(corner, [0.1, 0.4])).toBe(true);
    expect(within(corner, [0.4, 0.4])).toBe(false);
  });
});
