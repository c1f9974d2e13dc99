const LONGEST_SIDE = 2048;
const QUALITY = 0.85;
/** The server takes no larger file; a photo that could be made smaller here never comes near it. */
export const LARGEST = 15 * 1024 * 1024;

/** A smaller copy without the place and device that the phone wrote into it; the file itself where it can't be read. */
export async function smaller(file: File): Promise<{ blob: Blob; name: string }> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (blob) return { blob, name: "photo.jpg" };
  } catch {
    // A format that this browser can't draw: the server looks at it, and says so if it can't either.
  }
  return { blob: file, name: file.name };
}
