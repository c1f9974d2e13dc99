import { useMemo } from "react";
import { Chart } from "@/app/Chart";
import { useWords } from "@/app/i18n";
import type { HealthPoint } from "@/app/types";
import { type Dimension, trendOption } from "./trendOption";
import { words } from "./words";

interface TrendProps {
  title: string;
  name: string;
  points: HealthPoint[];
}

/** The overall score over time. */
export function TrendPanel({ title, name, points }: TrendProps) {
  const t = useWords(words);
  const option = useMemo(
    () =>
      trendOption(points, {
        overall: t("overall"),
        recomputed: t("recomputed"),
        dimension: (dimension) => t(dimension as Dimension),
      }),
    [points, t],
  );
  if (points.length < 2) return null;
  return (
    <section className="panel" aria-label={t("trendOf", { name })}>
      <div className="panel-head">
        <h2>{title}</h2>
      </div>
      <Chart option={option} height={200} label={t("trendOf", { name })} />
      <p className="muted">{t("trendWhy")}</p>
    </section>
  );
}
