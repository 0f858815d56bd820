/** Where each image is drawn: several at a state lie on each other, and are counted. */
import { groupsOf } from "./groups.ts";
import type { Layout } from "./layout.ts";
import type { Point } from "./lines.ts";
import type { PipelineImage } from "./pipeline-api.ts";
import { type Box, edgesOf, START } from "./rails.ts";

export const TILE = 28;
const FIRST_ROW = 58;
const BETWEEN_ROWS = 33;
/** Below the last row: for a note, and for how many have failed. */
const FOOT = 36;
const PADDING = 14;
const STEP = 17;
/** For how many there are beside those that are seen, in the last row. */
const COUNT_ROOM = 34;

export interface TilePlace extends Point {
  image: PipelineImage;
  /** It lies under others. */
  isCovered: boolean;
}

export interface Stack {
  state: string;
  box: Box;
  images: PipelineImage[];
  /** How many can be seen. */
  shown: number;
}

export function stacksOf(images: PipelineImage[], { boxes }: Layout, states: string[]): Stack[] {
  return groupsOf(images, states).flatMap(({ name, images: all }) => {
    const box = boxes.get(name === "" ? START : name);
    return box ? [{ state: name, box, images: all, shown: shownIn(box, all.length) }] : [];
  });
}

function shownIn(box: Box, count: number): number {
  if (!box.isMain || isCircle(box)) return Math.min(count, 1);
  const most = perRow(box) * rows(box);
  return count <= most ? count : most - Math.ceil(COUNT_ROOM / STEP);
}

function perRow({ width }: Box): number {
  return Math.floor((width - 2 * PADDING - TILE) / STEP) + 1;
}

function rows({ height }: Box): number {
  return Math.max(1, Math.floor((height - FIRST_ROW - FOOT) / BETWEEN_ROWS) + 1);
}

function isCircle({ width }: Box): boolean {
  return width < 2 * TILE;
}

/** The middle of each tile. */
export function tilePlaces({ box, images, shown }: Stack): TilePlace[] {
  return images.map((image, index) => {
    const at = Math.min(index, shown - 1);
    return { image, ...slotOf(box, at), isCovered: index >= shown };
  });
}

function slotOf(box: Box, index: number): Point {
  const { left, top, right } = edgesOf(box);
  if (isCircle(box)) return { x: box.x, y: box.y };
  if (!box.isMain) return { x: right - 4, y: top + 2 };
  const row = Math.floor(index / perRow(box));
  return {
    x: left + PADDING + TILE / 2 + (index % perRow(box)) * STEP,
    y: top + FIRST_ROW + row * BETWEEN_ROWS,
  };
}

/** Where it is said how many there are: nowhere if all are seen. */
export function countPlace({ box, images, shown }: Stack, isWide: boolean): Point | undefined {
  if (images.length <= shown) return undefined;
  const last = slotOf(box, shown - 1);
  if (isCircle(box)) return isWide ? { x: box.x, y: box.y + 28 } : { x: box.x + 30, y: box.y };
  return { x: last.x + TILE / 2 + (box.isMain ? 5 : 10), y: last.y };
}
