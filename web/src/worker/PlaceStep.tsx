import { useState } from "react";
import { useLanguage } from "@/app/i18n";
import { COARSE_M, type Draft, photoPosition, spotOf } from "./draft";
import { isPlace } from "./exif";
import { useObjectUrl, useT } from "./hooks";
import { PlanTap } from "./PlanTap";
import type { KnownPlace } from "./store";
import type { Place, Spot } from "./types";

const GPS_WITHIN_MS = 15_000;

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  place: Place;
  plan: KnownPlace["plan"];
}

/** Where it is: the QR code says it; a tap on the plan or the phone's position makes it more exact. */
export function PlaceStep({ draft, change, place, plan }: Props) {
  const t = useT();
  const { language } = useLanguage();
  const [open, setOpen] = useState(false);
  const [locating, setLocating] = useState(false);
  const [trouble, setTrouble] = useState("");
  const planUrl = useObjectUrl(plan?.bytes, plan?.type);
  const spot = spotOf(draft, place);
  const area = language === "zh" ? place.area_zh : place.area_en || place.area_zh;

  const locate = () => {
    setTrouble("");
    if (!("geolocation" in navigator)) return setTrouble(t("gpsFailed"));
    setLocating(true);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setLocating(false);
        const found = believed(coords);
        if (typeof found === "string") setTrouble(t(found, { m: Math.round(coords.accuracy) }));
        else change({ chosen: found });
      },
      (error) => {
        setLocating(false);
        setTrouble(t(error.code === error.PERMISSION_DENIED ? "gpsDenied" : "gpsFailed"));
      },
      { enableHighAccuracy: true, timeout: GPS_WITHIN_MS, maximumAge: 0 },
    );
  };

  return (
    <>
      <p className="place">
        <b>{area}</b> {place.organisation && <span>{place.organisation}</span>}
      </p>
      <p className="hint" role="status">
        {locating ? t("locating") : <Told spot={spot} draft={draft} />}
        {!draft.chosen && photoPosition(draft) && (
          <button type="button" className="link" onClick={() => change({ withoutPhotoPosition: true })}>
            {t("dontUse")}
          </button>
        )}
        {draft.chosen && (
          <button type="button" className="link" onClick={() => change({ chosen: null })}>
            {t("backToQr")}
          </button>
        )}
      </p>
      {trouble && (
        <p className="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div className="row">
        {place.plan && planUrl && (
          <button type="button" className="soft" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t("closePlan") : t("tapPlan")}
          </button>
        )}
        <button type="button" className="soft" disabled={locating} onClick={locate}>
          {t("useGps")}
        </button>
      </div>
      {place.plan && !planUrl && <p className="hint">{t("planOffline")}</p>}
      {open && planUrl && (
        <PlanTap
          image={planUrl}
          label={t("planLabel", { area })}
          at={spot.x !== null && spot.y !== null ? [spot.x, spot.y] : null}
          onTap={(x, y) => {
            setTrouble("");
            change({ chosen: { source: "plan", x, y, lat: null, lon: null, accuracy_m: null } });
          }}
        />
      )}
    </>
  );
}

/** The phone's position as a spot, or the word that says why it isn't used. */
export function believed(coords: {
  latitude: number;
  longitude: number;
  accuracy: number;
}): Spot | "gpsNowhere" | "gpsCoarse" {
  if (!isPlace(coords.latitude, coords.longitude)) return "gpsNowhere";
  if (!(coords.accuracy <= COARSE_M)) return "gpsCoarse";
  const { latitude: lat, longitude: lon, accuracy: accuracy_m } = coords;
  return { source: "gps", x: null, y: null, lat, lon, accuracy_m };
}

function Told({ spot, draft }: { spot: Spot; draft: Draft }) {
  const t = useT();
  if (spot.source === "plan") return t("fromPlan");
  if (spot.source === "qr") return t("fromQr");
  const m = Math.max(1, Math.round(spot.accuracy_m ?? 0));
  if (draft.chosen) return t("fromPhone", { m });
  return spot.accuracy_m === null ? t("fromPhotoUnknown") : t("fromPhoto", { m });
}
