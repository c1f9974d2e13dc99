import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GeoComponent, GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { FONT_STACK, TEXT } from "./theme";

use([
  LineChart,
  ScatterChart,
  BarChart,
  GeoComponent,
  GridComponent,
  MarkAreaComponent,
  TooltipComponent,
  CanvasRenderer,
]);

interface ChartProps {
  option: EChartsCoreOption;
  height: number | string;
  label: string;
  onPick?: (value: unknown) => void;
}

/** A tooltip of ECharts' own making is markup with style attributes, which the page's policy does not let work: it is
 * drawn on the canvas instead. One that a formatter writes is plain lines and stays. */
function tooltipOf(option: EChartsCoreOption): object | undefined {
  const given = option.tooltip as { formatter?: unknown } | undefined;
  return given && { confine: true, renderMode: given.formatter ? "html" : "richText", ...given };
}

/** An ECharts canvas that follows its container. `label` says in words what it shows. */
export function Chart({ option, height, label, onPick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    if (!box.current) return;
    const made = init(box.current);
    chart.current = made;
    made.on("click", (event) => pick.current?.((event as { data?: unknown }).data));
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(
      {
        textStyle: { fontFamily: FONT_STACK, color: TEXT },
        animationDuration: 250,
        ...option,
        tooltip: tooltipOf(option),
      },
      { notMerge: true },
    );
  }, [option]);

  return <div ref={box} role="img" aria-label={label} style={{ height, width: "100%" }} />;
}
