/** Where a photo says that it was taken; `accuracy_m` where the phone wrote that down too. */
export interface Position {
  lat: number;
  lon: number;
  accuracy_m: number | null;
}
const HEAD = 256 * 1024; // EXIF stands before the picture

/** Nowhere on land, and what phones write that knew no position; and what is no place on earth. */
export function isPlace(lat: number, lon: number): boolean {
  return Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180
    ? !(Math.abs(lat) < 1e-4 && Math.abs(lon) < 1e-4)
    : false;
}

/** Position in the EXIF of a JPEG (CIPA DC-008, GPS IFD); undefined where there is none that can be believed. */
export async function positionOf(file: Blob): Promise<Position | undefined> {
  try {
    return readPosition(new DataView(await file.slice(0, HEAD).arrayBuffer()));
  } catch {
    return undefined; // cut off or malformed: the photo is taken without it
  }
}

export function readPosition(view: DataView): Position | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 4 < view.byteLength; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) {
      return gpsOf(new DataView(view.buffer, view.byteOffset + at + 10));
    }
    if (marker < 0xff00 || marker === 0xffda) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** Offset of the value of `tag` in the directory at `ifd`; undefined where it isn't there. */
function find(tiff: DataView, little: boolean, ifd: number, tag: number): number | undefined {
  const count = tiff.getUint16(ifd, little);
  for (let index = 0; index < count; index += 1) {
    const at = ifd + 2 + index * 12;
    if (tiff.getUint16(at, little) === tag) return at + 8;
  }
  return undefined;
}

function gpsOf(tiff: DataView): Position | undefined {
  const little = tiff.getUint16(0) === 0x4949;
  const pointer = find(tiff, little, tiff.getUint32(4, little), 0x8825);
  if (pointer === undefined) return undefined;
  const gps = tiff.getUint32(pointer, little);
  const ratio = (at: number) => tiff.getUint32(at, little) / tiff.getUint32(at + 4, little);
  const angle = (tag: number, refTag: number, negative: string) => {
    const [value, ref] = [find(tiff, little, gps, tag), find(tiff, little, gps, refTag)];
    if (value === undefined || ref === undefined) return Number.NaN;
    const at = tiff.getUint32(value, little);
    const degrees = ratio(at) + ratio(at + 8) / 60 + ratio(at + 16) / 3600;
    return String.fromCharCode(tiff.getUint8(ref)) === negative ? -degrees : degrees;
  };
  const [lat, lon] = [angle(2, 1, "S"), angle(4, 3, "W")];
  if (!isPlace(lat, lon)) return undefined;
  const error = find(tiff, little, gps, 0x1f);
  const metres = error === undefined ? Number.NaN : ratio(tiff.getUint32(error, little));
  return { lat, lon, accuracy_m: Number.isFinite(metres) && metres > 0 ? metres : null };
}
