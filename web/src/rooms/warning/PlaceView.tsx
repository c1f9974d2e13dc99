import { EnvironmentOutlined } from "@ant-design/icons";
import { usePick, useWords } from "@/app/i18n";
import type { WarningDetail } from "@/app/types";
import { words } from "./words";

/** Where it is: the area on its plan; without a plan, its name and position. */
export function PlaceView({ place }: { place: NonNullable<WarningDetail["place"]> }) {
  const t = useWords(words);
  const pick = usePick();
  const name = pick(place, "name");
  const corners = place.outline.map(([x, y]) => `${x * place.width},${y * place.height}`).join(" ");
  return (
    <>
      <h3>{t("place")}</h3>
      <p>
        <EnvironmentOutlined aria-hidden /> {name}
        {place.lat !== null && place.lon !== null && (
          <span className="muted num">
            {" "}
            {place.lat.toFixed(5)}, {place.lon.toFixed(5)}
          </span>
        )}
      </p>
      {place.image && (
        <svg
          className="place-plan"
          viewBox={`0 0 ${place.width} ${place.height}`}
          role="img"
          aria-label={t("placeOn", { name })}
        >
          <image href={place.image} width={place.width} height={place.height} />
          {corners && <polygon points={corners} />}
        </svg>
      )}
    </>
  );
}
