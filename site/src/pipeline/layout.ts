/** Where each state is drawn, and each line: the usual way first, and what only errors lead to below it, smaller. */
import { type Arranged, arranged, type Measure, type Style } from "./arrange.ts";
import type { Graph, Link } from "./graph.ts";
import { type Point, roundedLine } from "./lines.ts";
import { type Box, type Boxes, backPath, detourPath, END, railPaths, START } from "./rails.ts";

export interface Line {
  from: string;
  to: string;
  path: string;
  kind: "main" | "aside" | "catch";
}

export interface Layout {
  width: number;
  height: number;
  /** From left to right. */
  isWide: boolean;
  boxes: Boxes;
  lines: Line[];
}

const MAIN: Style = { isMain: true, height: 128, leastWidth: 126, padding: 28, leastGap: 24, mostGap: 96 };
/** The first that there is room for: the wider states are, the more of their images are seen. */
const MAIN_WIDE: Style[] = [{ ...MAIN, leastWidth: 208 }, { ...MAIN, leastWidth: 168 }, MAIN];
const MAIN_TALL: Style = { ...MAIN, height: 96, leastWidth: 214 };
const MAIN_TALL_AND_NARROW: Style = { ...MAIN_TALL, leastWidth: MAIN.leastWidth };
const ASIDE: Style = { isMain: false, height: 34, leastWidth: 76, padding: 22, leastGap: 26, mostGap: 72 };

const EDGE = 6;
/** For how many have failed at a state, which hangs from it. */
const BELOW = 20;
const RAIL = 12;
const DETOUR = 26;

/** @param width of the place that there is: from left to right where that fits, and from top to bottom otherwise; wider where that does not fit either. */
export function layoutOf(graph: Graph, width: number, measure: Measure): Layout {
  for (const style of MAIN_WIDE) {
    const wide = wideLayout(graph, width, measure, style);
    if (wide.width <= width) return wide;
  }
  const tall = tallLayout(graph, width, measure, MAIN_TALL);
  return tall.width <= width ? tall : tallLayout(graph, width, measure, MAIN_TALL_AND_NARROW);
}

function wideLayout(graph: Graph, width: number, measure: Measure, style: Style): Layout {
  const main = arranged(mainNodes(graph), mainLinks(graph), style, {
    isWide: true,
    width: width - 2 * EDGE,
    measure,
  });
  const aside = arranged(graph.aside, linksAmong(graph, graph.aside), ASIDE, {
    isWide: true,
    width: (width - 2 * EDGE) * 0.86,
    measure,
  });
  const whole = Math.max(width, main.width + 2 * EDGE, aside.width + 2 * EDGE);
  const top = EDGE + (hasDetour(graph) ? DETOUR : 0);
  const asideTop = top + main.height + BELOW + railRoom(graph);
  const boxes = new Map([
    ...moved(main.boxes, { x: (whole - main.width) / 2, y: top }),
    ...moved(aside.boxes, { x: (whole - aside.width) / 2, y: asideTop }),
  ]);
  const height = (graph.aside.length === 0 ? top + main.height : asideTop + aside.height) + BELOW;
  return {
    width: whole,
    height,
    isWide: true,
    boxes,
    lines: [
      ...linesOf(aside.links, { x: (whole - aside.width) / 2, y: asideTop }, "aside"),
      ...ownLines(graph, boxes, { isWide: true, railsFrom: top + main.height + BELOW }),
      ...linesOf(main.links, { x: (whole - main.width) / 2, y: top }, "main"),
    ],
  };
}

function tallLayout(graph: Graph, width: number, measure: Measure, style: Style): Layout {
  const main = arranged(mainNodes(graph), mainLinks(graph), style, { isWide: false, width, measure });
  const aside = arranged(graph.aside, linksAmong(graph, graph.aside), ASIDE, {
    isWide: false,
    width,
    measure,
  });
  const left = hasDetour(graph) ? DETOUR : 0;
  const taken = Math.max(left + main.width + railRoom(graph), aside.width) + 2 * EDGE;
  const whole = Math.max(width, taken);
  const mainAt = {
    x: EDGE + left + Math.max(0, (whole - 2 * EDGE - left - main.width - railRoom(graph)) / 2),
    y: EDGE,
  };
  const asideTop = EDGE + main.height + BELOW + railRoom(graph);
  const asideAt = { x: (whole - aside.width) / 2, y: asideTop };
  const boxes = new Map([...moved(main.boxes, mainAt), ...moved(aside.boxes, asideAt)]);
  return {
    width: whole,
    height: (graph.aside.length === 0 ? EDGE + main.height : asideTop + aside.height) + BELOW,
    isWide: false,
    boxes,
    lines: [
      ...linesOf(aside.links, asideAt, "aside"),
      ...ownLines(graph, boxes, { isWide: false, railsFrom: mainAt.x + main.width }),
      ...linesOf(main.links, mainAt, "main"),
    ],
  };
}

/** Lines between the two parts, and those of the usual way that lead past it. */
function ownLines(
  graph: Graph,
  boxes: Boxes,
  { isWide, railsFrom }: { isWide: boolean; railsFrom: number },
): Line[] {
  const isMain = (name: string) => graph.main.includes(name);
  const between = graph.links.filter(({ from, to }) => isMain(from) && !isMain(to));
  const back = graph.links.filter(({ from, to }) => !isMain(from) && isMain(to));
  return [
    ...railPaths(between, boxes, { isWide, railsFrom, distance: RAIL }).map((line) => ({
      ...line,
      kind: "catch" as const,
    })),
    ...back.map(({ from, to }) => ({ from, to, path: backPath(from, to, boxes), kind: "aside" as const })),
    ...graph.links
      .filter((link) => isDetour(graph, link))
      .map(({ from, to }) => ({
        from,
        to,
        path: detourPath(from, to, boxes, isWide, DETOUR),
        kind: "catch" as const,
      })),
  ];
}

function isDetour({ main }: Graph, { from, to, errors }: Link): boolean {
  return errors !== undefined && main.includes(from) && main.includes(to);
}

function hasDetour(graph: Graph): boolean {
  return graph.links.some((link) => isDetour(graph, link));
}

function railRoom({ links, main, aside }: Graph): number {
  const targets = aside.filter((name) => links.some(({ from, to }) => to === name && main.includes(from)));
  return targets.length === 0 ? 0 : (targets.length + 1) * RAIL;
}

function mainNodes({ main }: Graph): string[] {
  return [START, ...main, END];
}

function mainLinks(graph: Graph): Link[] {
  const inside = linksAmong(graph, graph.main).filter(({ errors }) => errors === undefined);
  const ends = graph.main.filter((name) => !graph.links.some(({ from, errors }) => from === name && !errors));
  return [{ from: START, to: graph.startAt }, ...inside, ...ends.map((from) => ({ from, to: END }))];
}

function linksAmong({ links }: Graph, names: string[]): Link[] {
  return links.filter(({ from, to }) => names.includes(from) && names.includes(to));
}

function moved(boxes: Boxes, by: Point): [string, Box][] {
  return [...boxes].map(([name, box]) => [name, { ...box, x: box.x + by.x, y: box.y + by.y }]);
}

function linesOf(links: Arranged["links"], by: Point, kind: Line["kind"]): Line[] {
  return links.map(({ from, to, points }) => ({
    from,
    to,
    path: roundedLine(points.map(({ x, y }) => ({ x: x + by.x, y: y + by.y }))),
    kind,
  }));
}
