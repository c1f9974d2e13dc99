import { useState } from "react";
import { percent } from "@/app/format";
import { useWords } from "@/app/i18n";
import type { HazardDetail, HazardPhoto } from "@/app/types";
import { words } from "./words";

export function photoUrl(photo: HazardPhoto): string {
  return `/api/hazards/photos/${photo.id}`;
}

/** Before and after over one another with a slider between them; alone where one of the two is missing. */
export function BeforeAfter({ hazard }: { hazard: HazardDetail }) {
  const t = useWords(words);
  const before = hazard.photos.filter((photo) => photo.role === "before");
  const after = hazard.photos.filter((photo) => photo.role === "after" && photo.round === hazard.round);
  const [chosen, setChosen] = useState({ before: 0, after: 0 });
  const first = before[Math.min(chosen.before, before.length - 1)];
  const last = after[Math.min(chosen.after, after.length - 1)];
  if (!first && !last) return <p className="muted">{t("noPhotos")}</p>;
  return (
    <div className="hazard-photos">
      {first && last ? (
        <Slider before={first} after={last} />
      ) : (
        <Single photo={(first ?? last) as HazardPhoto} />
      )}
      {!last && <p className="muted">{t("noAfter")}</p>}
      {last && <Distance photo={last} />}
      <Picks
        photos={before}
        name={t("before")}
        at={chosen.before}
        onPick={(n) => setChosen({ ...chosen, before: n })}
      />
      <Picks
        photos={after}
        name={t("after")}
        at={chosen.after}
        onPick={(n) => setChosen({ ...chosen, after: n })}
      />
    </div>
  );
}

function Single({ photo }: { photo: HazardPhoto }) {
  const t = useWords(words);
  return (
    <figure className="hazard-single">
      <img src={photoUrl(photo)} alt={t(photo.role)} />
      <figcaption>{t(photo.role)}</figcaption>
    </figure>
  );
}

function Slider({ before, after }: { before: HazardPhoto; after: HazardPhoto }) {
  const t = useWords(words);
  const [share, setShare] = useState(50);
  return (
    <div className="hazard-slider" style={{ aspectRatio: `${before.width} / ${before.height}` }}>
      <img src={photoUrl(before)} alt={t("before")} />
      <img src={photoUrl(after)} alt={t("after")} style={{ clipPath: `inset(0 0 0 ${share}%)` }} />
      <span className="hazard-slider-line" style={{ left: `${share}%` }} aria-hidden="true" />
      <span className="hazard-slider-word hazard-slider-before" aria-hidden="true">
        {t("before")}
      </span>
      <span className="hazard-slider-word hazard-slider-after" aria-hidden="true">
        {t("after")}
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={share}
        aria-label={t("slider")}
        onChange={(event) => setShare(Number(event.target.value))}
      />
    </div>
  );
}

/** How far from the hazard the photo of the fix was taken. */
export function Distance({ photo }: { photo: HazardPhoto }) {
  const t = useWords(words);
  const text =
    photo.distance_m !== null
      ? t("distanceM", { n: Math.round(photo.distance_m) })
      : photo.distance_share !== null
        ? t("distanceShare", { n: percent(photo.distance_share) })
        : t("distanceUnknown");
  return (
    <p className={photo.far ? "hazard-late" : "muted"} role={photo.far ? "alert" : undefined}>
      {text}
      {photo.far && ` · ${t("far")}`}
    </p>
  );
}

interface PicksProps {
  photos: HazardPhoto[];
  name: string;
  at: number;
  onPick: (index: number) => void;
}

function Picks({ photos, name, at, onPick }: PicksProps) {
  const t = useWords(words);
  if (photos.length < 2) return null;
  return (
    <div className="hazard-picks">
      {name}
      {photos.map((photo, index) => (
        <button key={photo.id} type="button" aria-pressed={index === at} onClick={() => onPick(index)}>
          <img src={photoUrl(photo)} alt={`${name} ${t("photoN", { n: index + 1 })}`} />
        </button>
      ))}
    </div>
  );
}
