import { usePick, useWords } from "@/app/i18n";
import type { Plan, Stop } from "./types";
import { words } from "./words";

type Placed = Stop & { spot: [number, number]; plan_id: number };

function isPlaced(stop: Stop): stop is Placed {
  return stop.spot !== null && stop.plan_id !== null;
}

/** The way drawn on the site plan; nothing where no stop has a place on one. */
export function RouteMap({ plan }: { plan: Plan }) {
  const t = useWords(words);
  const pick = usePick();
  const placed = plan.stops.filter(isPlaced);
  return (
    <>
      {plan.site_plans.map((site) => {
        const stops = placed.filter((stop) => stop.plan_id === site.id);
        if (stops.length === 0) return null;
        const [w, h] = [1000, (1000 * site.height) / site.width];
        const at = (stop: Placed) => [stop.spot[0] * w, stop.spot[1] * h] as const;
        return (
          <figure key={site.id} className="route-map">
            <svg viewBox={`0 0 ${w} ${h}`} role="img" aria-label={t("routeOf", { name: site.name })}>
              <image href={site.image} width={w} height={h} preserveAspectRatio="none" />
              <polyline className="route-line" points={stops.map((stop) => at(stop).join(",")).join(" ")} />
              {stops.map((stop) => {
                const [x, y] = at(stop);
                const done = stop.items.every((item) => item.answer);
                return (
                  <g key={stop.id} transform={`translate(${x} ${y})`} className={done ? "route-done" : ""}>
                    <title>{pick(stop, "name")}</title>
                    <circle r="22" />
                    <text textAnchor="middle" dominantBaseline="central">
                      {stop.position}
                    </text>
                  </g>
                );
              })}
            </svg>
            <figcaption className="muted">{t("routeOf", { name: site.name })}</figcaption>
          </figure>
        );
      })}
    </>
  );
}
