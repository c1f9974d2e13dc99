import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { rootOf } from "./inclusion";

// A second, recursive writing of RFC 6962, 2.1 to hold the browser's against.
const sha = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leaves = (size: number) => Array.from({ length: size }, (_, index) => sha(Buffer.from([0, index])));
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}
function treeHash(all: Buffer[]): Buffer {
  if (all.length === 1) return all[0] as Buffer;
  const half = split(all.length);
  return sha(Buffer.from([1]), treeHash(all.slice(0, half)), treeHash(all.slice(half)));
}
function pathTo(index: number, all: Buffer[]): Buffer[] {
  if (all.length === 1) return [];
  const half = split(all.length);
  return index < half
    ? [...pathTo(index, all.slice(0, half)), treeHash(all.slice(half))]
    : [...pathTo(index - half, all.slice(half)), treeHash(all.slice(0, half))];
}
const hex = (bytes: Buffer) => bytes.toString("hex");

describe("an inclusion proof", () => {
  it("leads to the root for every leaf of every size up to 17", async () => {
    for (let size = 1; size <= 17; size += 1) {
      const all = leaves(size);
      for (let index = 0; index < size; index += 1) {
        const root = await rootOf(index, size, hex(all[index] as Buffer), pathTo(index, all).map(hex));
        expect(root).toBe(hex(treeHash(all)));
      }
    }
  });
  it("does not hold for another leaf, another place or a shortened path", async () => {
    const all = leaves(11);
    const path = pathTo(4, all).map(hex);
    const root = hex(treeHash(all));
    expect(await rootOf(4, 11, hex(all[5] as Buffer), path)).not.toBe(root);
    expect(await rootOf(5, 11, hex(all[4] as Buffer), path)).not.toBe(root);
    expect(await rootOf(4, 11, hex(all[4] as Buffer), path.slice(1))).toBeNull();
    expect(await rootOf(11, 11, hex(all[4] as Buffer), path)).toBeNull();
  });
});
