import { Graph, type IElementEvent, NodeEvent } from "@antv/g6";
import { useEffect, useRef } from "react";
import { usePick, useWords } from "@/app/i18n";
import { FONT_STACK, LINE, TEXT } from "@/app/theme";
import type { GraphCircle } from "@/app/types";
import { GROUP_INK, lines, type Placed, place, shorten } from "./circle";
import { words } from "./words";

interface GraphCanvasProps {
  circle: GraphCircle;
  open: string;
  onOpen: (id: string) => void;
}

const EDGE = "#93a5a7";

/** The circle drawn: drag to move, wheel to zoom, a click opens a node. The list beside it says the same in words. */
export default function GraphCanvas({ circle, open, onOpen }: GraphCanvasProps) {
  const t = useWords(words);
  const pick = usePick();
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Graph | null>(null);
  const opened = useRef(onOpen);
  opened.current = onOpen;
  const chosen = useRef(open);
  chosen.current = open;

  useEffect(() => {
    const container = box.current;
    if (!container) return;
    const seeds = new Set(circle.seeds);
    const placed = place(circle.nodes);
    const graph = new Graph({
      container,
      autoFit: "view",
      padding: [24, 24, 24, 24],
      animation: false,
      zoomRange: [0.2, 3],
      data: {
        nodes: placed.map((one) => nodeOf(one, seeds.has(one.spot.id), pick(one.spot, "label"), t)),
        edges: lines(circle, placed).map((line) => ({
          id: line.id,
          source: line.source,
          target: line.target,
          style: { lineWidth: 1 + Math.min(3, Math.log10(line.support)) },
        })),
      },
      node: {
        state: {
          chosen: { lineWidth: 4, stroke: "#d7b1e4", labelFontWeight: 700 },
          near: { labelFontWeight: 700 },
        },
      },
      edge: {
        type: "cubic-horizontal",
        style: { stroke: EDGE, opacity: 0.55, endArrow: true, endArrowSize: 5 },
        state: { near: { stroke: TEXT, opacity: 1 } },
      },
      behaviors: ["drag-canvas", "zoom-canvas", "drag-element"],
    });
    drawn.current = graph;
    graph.on<IElementEvent>(NodeEvent.CLICK, (event) => opened.current(String(event.target.id)));
    let gone = false;
    void graph.render().then(() => {
      if (!gone) void mark(graph, chosen.current);
    });
    const observer = new ResizeObserver(() => {
      if (graph.rendered) {
        graph.resize();
        void graph.fitView();
      }
    });
    observer.observe(container);
    return () => {
      gone = true;
      observer.disconnect();
      drawn.current = null;
      graph.destroy();
    };
  }, [circle, pick, t]);

  useEffect(() => {
    if (drawn.current?.rendered) void mark(drawn.current, open);
  }, [open]);

  const label = t("canvas", { n: circle.nodes.length, m: circle.facts.length });
  return <div ref={box} className="graph-canvas" role="img" aria-label={label} />;
}

const OFFSET = { left: -6, middle: 0, right: 6 };
const LABEL = { left: "left", middle: "bottom", right: "right" } as const;

type Say = (key: keyof typeof words) => string;

function nodeOf(one: Placed, isSeed: boolean, name: string, t: Say) {
  const ink = GROUP_INK[one.group];
  const middle = one.side === "middle";
  const size = isSeed ? 28 : one.spot.hops > 1 ? 18 : 22;
  return {
    id: one.spot.id,
    type: middle ? "diamond" : "circle",
    style: {
      x: one.x,
      y: one.y,
      size,
      fill: isSeed ? ink : "#ffffff",
      stroke: ink,
      lineWidth: 2,
      cursor: "pointer" as const,
      iconText: t(`sign_${one.group}`),
      iconFontSize: size * 0.46,
      iconFill: isSeed ? "#ffffff" : ink,
      iconFontFamily: FONT_STACK,
      labelText: shorten(name, 40),
      labelWordWrap: true,
      labelMaxWidth: middle ? 170 : 150,
      labelMaxLines: 2,
      labelFill: TEXT,
      labelFontSize: 14,
      labelFontFamily: FONT_STACK,
      labelPlacement: LABEL[one.side],
      labelOffsetX: OFFSET[one.side],
      labelBackground: true,
      labelBackgroundFill: "#ffffff",
      labelBackgroundOpacity: 0.85,
      labelBackgroundStroke: LINE,
      labelBackgroundLineWidth: 0,
      labelPadding: [0, 3],
    },
  };
}

/** The open node and what facts join to it stand out. */
async function mark(graph: Graph, open: string) {
  const states: Record<string, string[]> = {};
  for (const node of graph.getNodeData()) states[node.id] = node.id === open ? ["chosen"] : [];
  for (const edge of graph.getEdgeData()) {
    const near = edge.source === open || edge.target === open;
    states[edge.id ?? ""] = near ? ["near"] : [];
    const other = edge.source === open ? edge.target : edge.source;
    if (near && other !== open) states[other] = ["near"];
  }
  await graph.setElementState(states);
}
