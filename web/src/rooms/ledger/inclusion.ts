// RFC 9162, 2.1.3.2 (the algorithm of RFC 6962): the root that an inclusion proof leads to.

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function hashPair(left: Uint8Array, right: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const joined = new Uint8Array(1 + left.length + right.length);
  joined[0] = 1; // marks an inner node, so that no leaf can pass for one
  joined.set(left, 1);
  joined.set(right, 1 + left.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** The root hash (hex) from leaf `index` of `size` leaves along `path`; null where the path has a wrong length. */
export async function rootOf(
  index: number,
  size: number,
  leafHash: string,
  path: readonly string[],
): Promise<string | null> {
  if (index < 0 || index >= size) return null;
  let fn = index;
  let sn = size - 1;
  let hash = fromHex(leafHash);
  for (const step of path) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      hash = await hashPair(fromHex(step), hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = await hashPair(hash, fromHex(step));
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? toHex(hash) : null;
}
