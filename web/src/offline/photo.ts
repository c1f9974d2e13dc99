const LONGEST_SIDE = 2048;
const QUALITY = 0.85;

/**
 * A JPEG of at most 2048 pixels, drawn anew and so without the place, time and device that a phone writes into its
 * photos; undefined where this browser can't draw the file.
 */
export async function smallJpeg(
  file: Blob,
  longest = LONGEST_SIDE,
  quality = QUALITY,
): Promise<Blob | undefined> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    return blob ?? undefined;
  } catch {
    return undefined;
  }
}
