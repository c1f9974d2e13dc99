import { MUTED } from "@/app/theme";
import { sparkPath } from "./spark";

/** A line without axes, for the eye only: the numbers stand beside it. */
export function Sparkline({
  values,
  width = 88,
  height = 24,
}: {
  values: number[];
  width?: number;
  height?: number;
}) {
  const path = sparkPath(values, width, height);
  if (!path) return <span className="muted">–</span>;
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
    >
      <path d={path.line} fill="none" stroke={MUTED} strokeWidth="1.4" strokeLinejoin="round" />
      <circle cx={path.last[0]} cy={path.last[1]} r="2" fill={MUTED} />
    </svg>
  );
}
