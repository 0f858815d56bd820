/** The gallery in rows, of which those near the window are in the page: the others are room that is kept for them. */
import type { ImageView } from "../api/api.ts";
import { dayHeadings } from "./days.ts";

export interface Row {
  /** The same for as long as it begins with the same. */
  key: string;
  /** Which of the images; of a heading, the one that it is before, and none. */
  start: number;
  end: number;
  /** It is a heading. */
  day?: string;
}

interface Shape {
  columns: number;
  /** How many are in the grid before the first image. */
  before: number;
  isByTime: boolean;
}

export function rowsIn(images: ImageView[], { columns, before, isByTime }: Shape, now: Date): Row[] {
  const headings = isByTime ? dayHeadings(images, now) : undefined;
  const rows: Row[] = [];
  let free = columns - (before % columns);
  for (const [index, { imageId }] of images.entries()) {
    const day = headings?.get(imageId);
    if (day !== undefined) rows.push({ key: `day ${imageId}`, start: index, end: index, day });
    const last = rows.at(-1);
    if (!last || last.day !== undefined || last.end - last.start === free) {
      // What is before the images is in the first row only, and not in that of a heading.
      if (rows.length > 0) free = columns;
      rows.push({ key: imageId, start: index, end: index + 1 });
    } else last.end = index + 1;
  }
  return rows;
}

/** What is in the page, in pixels from where the first row begins. */
export interface Band {
  top: number;
  bottom: number;
}

/** The height, with the gap after it, of rows that are not in the page. */
export interface Space {
  key: string;
  height: number;
}

export type Piece = Row | Space;

export const isRow = (piece: Piece): piece is Row => "start" in piece;

/** How many elements it is. */
export const sizeOf = (piece: Piece): number =>
  isRow(piece) && piece.day === undefined ? piece.end - piece.start : 1;

/** Of these at the beginning, the first is a heading. */
const FIRST_ROWS = 2;
/** What is before and after the focus, across a heading. */
const ROWS_BESIDE_FOCUS = 2;

/**
 * @param heightOf with the gap after it.
 * @param focused the image that has the focus, -1 for none. What has it stays, as does what it goes to next: beside it, and at both ends.
 */
export function piecesIn(
  rows: Row[],
  heightOf: (row: Row) => number,
  { top, bottom }: Band,
  focused: number,
): Piece[] {
  const pieces: Piece[] = [];
  const focusedRow = rows.findIndex(({ start, end }) => start <= focused && focused < end);
  let at = 0;
  for (const [index, row] of rows.entries()) {
    const height = heightOf(row);
    const isSeen = at + height > top && at < bottom;
    const isAtEnd = index < FIRST_ROWS || index === rows.length - 1;
    const isBesideFocus = focusedRow >= 0 && Math.abs(index - focusedRow) <= ROWS_BESIDE_FOCUS;
    const last = pieces.at(-1);
    if (isSeen || isAtEnd || isBesideFocus) pieces.push(row);
    else if (last && !isRow(last)) last.height += height;
    else pieces.push({ key: `space before ${row.key}`, height });
    at += height;
  }
  return pieces;
}
