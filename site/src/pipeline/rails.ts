/** Lines that have a way of their own: errors are led out of all states on one rail to where they are caught. */
import type { Link } from "./graph.ts";
import { type Point, roundedLine } from "./lines.ts";

/** x and y are its middle. */
export interface Box extends Point {
  width: number;
  height: number;
  /** On the way that an image takes when nothing goes wrong. */
  isMain: boolean;
}

export type Boxes = ReadonlyMap<string, Box>;

/** Where executions begin and end: no names of states, which have no spaces at their ends. */
export const START = " start ";
export const END = " end ";

export function edgesOf({ x, y, width, height }: Box) {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

/** Of lines that leave a state beside each other. */
const BESIDE = 11;
const CORNER = 18;

interface Rails {
  isWide: boolean;
  /** Where the first rail may be: below the usual way, or to the right of it. */
  railsFrom: number;
  distance: number;
}

/** @returns the lines from the usual way to what is beside it: one rail for each state that they lead to. */
export function railPaths(
  links: Link[],
  boxes: Boxes,
  { isWide, railsFrom, distance }: Rails,
): { from: string; to: string; path: string }[] {
  const targets = [...new Set(links.map(({ to }) => to))].flatMap((name) => {
    const box = boxes.get(name);
    return box ? [{ name, box, drop: isWide ? dropTo(box, boxes) : box.y }] : [];
  });
  // So that they do not cross: what is nearest is led to on the first rail from above, and on the last one from beside.
  targets.sort((a, b) => a.drop - b.drop);
  return links.flatMap(({ from, to }) => {
    const box = boxes.get(from);
    const rail = targets.findIndex(({ name }) => name === to);
    const target = targets[rail];
    if (box === undefined || target === undefined) return [];
    const exits = targets.filter(({ name }) => links.some((link) => link.from === from && link.to === name));
    const exit = exits.indexOf(target);
    const points = isWide
      ? railBelow(box, target.box, target.drop, {
          exitX: edgesOf(box).right - CORNER - (exits.length - 1 - exit) * BESIDE,
          railY: railsFrom + rail * distance,
        })
      : railBeside(box, target.box, {
          exitY: edgesOf(box).bottom - CORNER - (exits.length - 1 - exit) * BESIDE,
          railX: railsFrom + (targets.length - rail) * distance,
          overY: edgesOf(target.box).top - distance,
        });
    return [{ from, to, path: roundedLine(points) }];
  });
}

function railBelow(
  from: Box,
  to: Box,
  dropX: number,
  { exitX, railY }: { exitX: number; railY: number },
): Point[] {
  const { left, top } = edgesOf(to);
  const end =
    dropX < left
      ? [
          { x: dropX, y: to.y },
          { x: left, y: to.y },
        ]
      : [{ x: dropX, y: top }];
  return [{ x: exitX, y: edgesOf(from).bottom }, { x: exitX, y: railY }, { x: dropX, y: railY }, ...end];
}

function railBeside(
  from: Box,
  to: Box,
  { exitY, railX, overY }: { exitY: number; railX: number; overY: number },
): Point[] {
  return [
    { x: edgesOf(from).right, y: exitY },
    { x: railX, y: exitY },
    { x: railX, y: overY },
    { x: to.x, y: overY },
    { x: to.x, y: edgesOf(to).top },
  ];
}

/** What has another above it is come to from the left. */
function dropTo(box: Box, boxes: Boxes): number {
  const isCovered = [...boxes.values()].some(
    (other) => !other.isMain && other.y < box.y && Math.abs(other.x - box.x) < (other.width + box.width) / 2,
  );
  return isCovered ? edgesOf(box).left - 14 : box.x;
}

/** From one state of the usual way to another: over it, or to the left of it. */
export function detourPath(from: string, to: string, boxes: Boxes, isWide: boolean, reach: number): string {
  const [start, end] = [boxes.get(from), boxes.get(to)];
  if (start === undefined || end === undefined) return "";
  const depth = reach - 6;
  if (isWide) {
    const turn = Math.sign(end.x - start.x) * 20;
    const y = Math.min(edgesOf(start).top, edgesOf(end).top) - depth;
    const [startX, endX] = [start.x + turn, end.x - turn];
    return roundedLine([
      { x: startX, y: edgesOf(start).top },
      { x: startX, y },
      { x: endX, y },
      { x: endX, y: edgesOf(end).top },
    ]);
  }
  const turn = Math.sign(end.y - start.y) * 16;
  const x = Math.min(edgesOf(start).left, edgesOf(end).left) - depth;
  const [startY, endY] = [start.y + turn, end.y - turn];
  return roundedLine([
    { x: edgesOf(start).left, y: startY },
    { x, y: startY },
    { x, y: endY },
    { x: edgesOf(end).left, y: endY },
  ]);
}

/** From what is beside the usual way back to it. */
export function backPath(from: string, to: string, boxes: Boxes): string {
  const [start, end] = [boxes.get(from), boxes.get(to)];
  if (start === undefined || end === undefined) return "";
  const middle = edgesOf(start).top - 8;
  const endAt = { x: edgesOf(end).left + CORNER, y: edgesOf(end).bottom };
  return roundedLine([
    { x: start.x, y: edgesOf(start).top },
    { x: start.x, y: middle },
    { x: endAt.x, y: middle },
    endAt,
  ]);
}
