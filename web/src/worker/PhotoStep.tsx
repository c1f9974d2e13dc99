import { useRef, useState } from "react";
import { newId } from "@/offline/ids";
import { smallJpeg } from "@/offline/photo";
import { type Draft, type DraftPhoto, MOST_PHOTOS } from "./draft";
import { positionOf } from "./exif";
import { useObjectUrl, useT } from "./hooks";

const LARGEST = 15 * 1024 * 1024; // the server takes no larger file

/** An iPhone's photo that this browser can't draw: the server can, and frees it of what the phone wrote into it. */
async function heic(file: File): Promise<Blob | undefined> {
  const head = new TextDecoder("latin1").decode(await file.slice(4, 12).arrayBuffer());
  return /^ftyp(hei|hev|mif1|msf1)/.test(head) && file.size <= LARGEST
    ? file.slice(0, file.size, "image/heic")
    : undefined;
}

type Change = (part: (before: Draft) => Partial<Draft>) => void;

/** Photos, made small on the phone; each says at once if it can't be used, and leaves the others alone. */
export function PhotoStep({ draft, change }: { draft: Draft; change: Change }) {
  const t = useT();
  const camera = useRef<HTMLInputElement>(null);
  const album = useRef<HTMLInputElement>(null);
  const [working, setWorking] = useState(0);
  const [trouble, setTrouble] = useState<string[]>([]);
  const full = draft.photos.length >= MOST_PHOTOS;

  const take = async (files: File[]) => {
    const room = MOST_PHOTOS - draft.photos.length;
    setTrouble(files.length > room ? [t("photoTooMany", { most: MOST_PHOTOS })] : []);
    for (const file of files.slice(0, room)) {
      setWorking((count) => count + 1);
      const position = await positionOf(file); // before the drawing loses it
      const drawn = (await smallJpeg(file)) ?? (await heic(file));
      if (drawn) {
        const photo: DraftPhoto = {
          id: newId(),
          bytes: await drawn.arrayBuffer(),
          type: drawn.type,
          position,
        };
        change((before) => (before.photos.length < MOST_PHOTOS ? { photos: [...before.photos, photo] } : {}));
      } else {
        setTrouble((before) => [...before, t("photoUnreadable", { name: file.name })]);
      }
      setWorking((count) => count - 1);
    }
  };
  const chosen = (input: HTMLInputElement) => {
    const files = [...(input.files ?? [])];
    input.value = ""; // the same photo may be chosen once more after it was removed
    void take(files);
  };

  return (
    <>
      <input
        ref={camera}
        id="photo-camera"
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        onChange={(event) => chosen(event.currentTarget)}
      />
      <input
        ref={album}
        id="photo-album"
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(event) => chosen(event.currentTarget)}
      />
      {draft.photos.length > 0 && (
        <ul className="photos">
          {draft.photos.map((photo, index) => (
            <Thumb
              key={photo.id}
              photo={photo}
              number={index + 1}
              onRemove={() =>
                change((before) => ({ photos: before.photos.filter((one) => one.id !== photo.id) }))
              }
            />
          ))}
        </ul>
      )}
      <div className="row">
        <button
          type="button"
          className={draft.photos.length > 0 ? "soft" : "soft camera"}
          disabled={full}
          onClick={() => camera.current?.click()}
        >
          <CameraSign />
          {draft.photos.length > 0 ? t("morePhotos") : t("takePhoto")}
        </button>
        <button type="button" className="soft album" disabled={full} onClick={() => album.current?.click()}>
          {t("fromAlbum")}
        </button>
      </div>
      <p className="hint" role="status">
        {working > 0
          ? t("photoWorking")
          : draft.photos.length > 0
            ? t("photoCount", { n: draft.photos.length, most: MOST_PHOTOS })
            : ""}
      </p>
      {trouble.map((text) => (
        <p key={text} className="trouble" role="alert">
          {text}
        </p>
      ))}
    </>
  );
}

function Thumb({ photo, number, onRemove }: { photo: DraftPhoto; number: number; onRemove: () => void }) {
  const t = useT();
  const url = useObjectUrl(photo.bytes, photo.type);
  return (
    <li>
      {photo.type === "image/jpeg"
        ? url && <img src={url} alt={t("photoN", { n: number })} />
        : t("photoUnseen", { n: number })}
      <button
        type="button"
        className="remove"
        aria-label={t("removePhoto", { n: number })}
        onClick={onRemove}
      >
        <span aria-hidden="true">×</span>
      </button>
    </li>
  );
}

function CameraSign() {
  return (
    <svg viewBox="0 0 24 24" className="sign" aria-hidden="true">
      <path
        d="M4 8h3l2-3h6l2 3h3v11H4z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinejoin="round"
      />
      <circle cx="12" cy="13" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.8" />
    </svg>
  );
}
