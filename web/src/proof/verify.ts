// Verifies a proof file (C2SP tlog-proof v1) on its own: nothing is asked of any server, and no platform code is trusted
// but this. It works without https too, where browsers offer no cryptography of their own.

import * as ed from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

ed.hashes.sha512 = sha512;

const HEADER = "c2sp.org/tlog-proof@v1";
const ED25519 = 1;
const COSIGNATURE = 4;

export interface Key {
  name: string;
  id: string;
  kind: number;
  public: Uint8Array;
}

export interface Leaf {
  action: string;
  at: string;
  subject: string;
  path?: string;
  facts: Record<string, unknown>;
}

export type Failure = "form" | "signature" | "unsigned" | "path" | "witness" | "other_log";

export interface Proof {
  index: number;
  origin: string;
  size: number;
  /** Names of the witnesses whose keys were given and that cosigned, each with the time. */
  witnesses: { name: string; at: Date }[];
  /** Signatures under the checkpoint by keys that were not given. */
  others: number;
  /** The leaf's text as it is hashed, and read where it is JSON. */
  text: string;
  leaf: Leaf | null;
  failure: Failure | null;
}

function fromBase64(text: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new Error("base64");
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const same = (one: Uint8Array, other: Uint8Array) => toHex(one) === toHex(other);

/** Reads NAME+ID+BASE64; null where it is no key. */
export function readKey(line: string): Key | null {
  const [name, id, ...rest] = line.trim().split("+");
  if (!name || !id) return null;
  try {
    const material = fromBase64(rest.join("+"));
    const known = toHex(sha256(joined(bytes(`${name}\n`), material)).slice(0, 4));
    const kind = material[0] ?? 0;
    if (material.length !== 33 || known !== id || (kind !== ED25519 && kind !== COSIGNATURE)) return null;
    return { name, id, kind, public: material.slice(1) };
  } catch {
    return null;
  }
}

function decimal(text: string): number {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) throw new Error("number");
  return Number(text);
}

/** The root that the path leads to (RFC 9162, 2.1.3.2); null where its length is wrong. */
export function rootOf(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): Uint8Array | null {
  if (index >= size) return null;
  let place = index;
  let last = size - 1;
  let node = sha256(joined(Uint8Array.of(0), leaf));
  for (const step of path) {
    if (last === 0 || step.length !== 32) return null;
    if (place % 2 === 1 || place === last) {
      node = sha256(joined(Uint8Array.of(1), step, node));
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else {
      node = sha256(joined(Uint8Array.of(1), node, step));
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}

interface Signature {
  name: string;
  id: string;
  value: Uint8Array;
}

function signatures(lines: string): Signature[] {
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [dash, name, value, ...more] = line.split(" ");
      if (dash !== "—" || !name || !value || more.length > 0) throw new Error("signature line");
      const raw = fromBase64(value);
      return { name, id: toHex(raw.slice(0, 4)), value: raw.slice(4) };
    });
}

/** The time of the key's signature under the checkpoint (0 for a log's own), null where it did not sign, false where
 * its signature is wrong. */
function signed(text: string, under: Signature[], key: Key): number | null | false {
  const found = under.find((one) => one.name === key.name && one.id === key.id);
  if (!found) return null;
  const time =
    key.kind === COSIGNATURE ? found.value.slice(0, 8).reduce((sum, byte) => sum * 256 + byte, 0) : 0;
  const value = key.kind === COSIGNATURE ? found.value.slice(8) : found.value;
  const message = bytes(key.kind === COSIGNATURE ? `cosignature/v1\ntime ${time}\n${text}` : text);
  if (value.length !== 64 || !ed.verify(value, message, key.public, { zip215: false })) return false;
  return time;
}

function verifyOne(part: string, log: Key, wanted: Key[]): Proof {
  const [head = "", text = "", under = ""] = part.split("\n\n");
  const [extra = "", place = "", ...path] = head.split("\n");
  if (!extra.startsWith("extra ") || !place.startsWith("index ")) throw new Error("lines");
  const data = fromBase64(extra.slice(6));
  const [origin = "", size = "", root = ""] = text.split("\n");
  const known = signatures(under);
  const proof: Proof = {
    index: decimal(place.slice(6)),
    origin,
    size: decimal(size),
    witnesses: [],
    others: 0,
    text: new TextDecoder("utf-8", { fatal: true }).decode(data),
    leaf: null,
    failure: null,
  };
  const ours = signed(`${text}\n`, known, log);
  if (ours === false) proof.failure = "signature";
  else if (ours === null) proof.failure = origin === log.name ? "unsigned" : "other_log";
  for (const key of wanted) {
    const time = signed(`${text}\n`, known, key);
    if (time) proof.witnesses.push({ name: key.name, at: new Date(time * 1000) });
    else proof.failure ??= "witness";
  }
  proof.others = known.length - proof.witnesses.length - (ours === 0 ? 1 : 0);
  const led = rootOf(data, proof.index, proof.size, path.map(fromBase64));
  if (led === null || !same(led, fromBase64(root))) proof.failure ??= "path";
  try {
    const read = JSON.parse(proof.text);
    if (read && typeof read === "object" && typeof read.facts === "object") proof.leaf = read as Leaf;
  } catch {
    // Not an action: its text is shown as it is.
  }
  return proof;
}

/** Every proof of the file; null where the file is not one. What fails is told in the proof, never thrown. */
export function verifyFile(text: string, log: Key, wanted: Key[] = []): Proof[] | null {
  const parts = `\n${text.replaceAll("\r\n", "\n")}`.split(`\n${HEADER}\n`);
  if (parts.length < 2 || (parts[0] ?? "").trim() !== "") return null;
  return parts.slice(1).map((part) => {
    try {
      return verifyOne(part.trimEnd(), log, wanted);
    } catch {
      return {
        index: -1,
        origin: "",
        size: 0,
        witnesses: [],
        others: 0,
        text: "",
        leaf: null,
        failure: "form" as const,
      };
    }
  });
}

/** The SHA-256 of a file, in hex, as leaves name their attachments. */
export function hashOf(data: ArrayBuffer): string {
  return toHex(sha256(new Uint8Array(data)));
}
