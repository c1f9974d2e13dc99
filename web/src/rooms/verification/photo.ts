import { smallJpeg } from "@/offline/photo";

/** The server takes no larger file; a photo that could be made smaller here never comes near it. */
export const LARGEST = 15 * 1024 * 1024;

/** A smaller copy without what the phone wrote into it; the file itself where it can't be read: the server says why. */
export async function smaller(file: File): Promise<{ blob: Blob; name: string }> {
  const blob = await smallJpeg(file);
  return blob ? { blob, name: "photo.jpg" } : { blob: file, name: file.name };
}
