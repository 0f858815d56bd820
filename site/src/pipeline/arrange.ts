/** Boxes in columns or rows, as dagre arranges them: https://github.com/dagrejs/dagre */
import { Graph, layout } from "@dagrejs/dagre";
import type { Link } from "./graph.ts";
import type { Point } from "./lines.ts";
import { type Box, type Boxes, END, edgesOf, START } from "./rails.ts";

export interface Style {
  isMain: boolean;
  height: number;
  leastWidth: number;
  /** Beside the name. */
  padding: number;
  /** Between a state and the next. */
  leastGap: number;
  mostGap: number;
}

/** How wide a name is in pixels: the names on the usual way are larger. */
export type Measure = (name: string, isMain: boolean) => number;

export interface Room {
  isWide: boolean;
  width: number;
  measure: Measure;
}

export interface Arranged {
  width: number;
  height: number;
  boxes: Boxes;
  links: { from: string; to: string; points: Point[] }[];
}

const CIRCLE = 30;
const BESIDE = 16;

/** From left to right, the columns use the room that there is. */
export function arranged(names: string[], links: Link[], style: Style, room: Room): Arranged {
  if (names.length === 0) return { width: 0, height: 0, boxes: new Map(), links: [] };
  const narrow = arrangedWith(names, links, style, room, style.leastGap);
  if (!room.isWide) return narrow;
  const columns = new Set([...narrow.boxes.values()].map(({ x }) => Math.round(x))).size;
  const more = columns < 2 ? 0 : Math.max(0, room.width - narrow.width) / (columns - 1);
  return arrangedWith(names, links, style, room, Math.min(style.leastGap + more, style.mostGap));
}

interface GraphLabel {
  rankdir: "LR" | "TB";
  ranksep: number;
  nodesep: number;
}

function arrangedWith(names: string[], links: Link[], style: Style, room: Room, gap: number): Arranged {
  const graph = new Graph<GraphLabel, Box, { points: Point[] }>();
  graph.setGraph({ rankdir: room.isWide ? "LR" : "TB", ranksep: gap, nodesep: BESIDE });
  for (const name of names)
    graph.setNode(name, { x: 0, y: 0, ...sizeOf(name, style, room.measure), isMain: style.isMain });
  for (const { from, to } of links) graph.setEdge(from, to, { points: [] });
  layout(graph);
  const boxes = new Map(names.map((name) => [name, graph.node(name)]));
  const edges = [...boxes.values()].map(edgesOf);
  return {
    width: Math.max(...edges.map(({ right }) => right)),
    height: Math.max(...edges.map(({ bottom }) => bottom)),
    boxes,
    links: graph.edges().map(({ v, w }) => ({ from: v, to: w, points: graph.edge(v, w).points })),
  };
}

function sizeOf(name: string, { isMain, height, leastWidth, padding }: Style, measure: Measure) {
  if (name === START || name === END) return { width: CIRCLE, height: CIRCLE };
  return { width: Math.max(leastWidth, Math.ceil(measure(name, isMain) + padding)), height };
}
