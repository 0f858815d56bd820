/** How the gallery's grid is laid out, and how high its rows are that have been in the page. */
import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { isRow, type Piece, type Row, sizeOf } from "./rows.ts";

export interface Grid {
  columns: number;
  columnWidth: number;
  /** Between rows. */
  gap: number;
  /** Of rows, by their keys, with the gap after them. */
  heights: Map<string, number>;
  /** Of a row of tiles, until it has been in the page itself: it stays the same, so that nothing moves. */
  usualHeight: number | undefined;
}

/** Whoever comes back to the gallery finds everything where it was. */
let known: Grid | undefined;

export function useGrid(list: RefObject<HTMLElement>): Grid | undefined {
  const [grid, setGrid] = useState<Grid>();
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      known = gridOf(element, known);
      setGrid(known);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [list]);
  return grid;
}

/** @returns the one before, unless something has changed. */
function gridOf(element: HTMLElement, before: Grid | undefined): Grid {
  const { gridTemplateColumns, rowGap } = getComputedStyle(element);
  const widths = gridTemplateColumns.split(" ");
  const columns = widths.length;
  const columnWidth = Number.parseFloat(widths[0] ?? "");
  if (before?.columns === columns && before.columnWidth === columnWidth) return before;
  const gap = Number.parseFloat(rowGap);
  return { columns, columnWidth, gap, heights: new Map(), usualHeight: undefined };
}

/** A name of one line, and a heading, in pixels. */
const NAME_HEIGHT = 32;
const HEADING_HEIGHT = 24;

/** With the gap after it. */
export function heightOf({ key, day }: Row, { heights, usualHeight, columnWidth, gap }: Grid): number {
  const usual = usualHeight ?? columnWidth + NAME_HEIGHT + gap;
  return heights.get(key) ?? (day === undefined ? usual : HEADING_HEIGHT + gap);
}

/** @param elements of the pieces, and what comes after them. */
export function learnHeights(grid: Grid, pieces: Piece[], elements: Element[]): void {
  let at = 0;
  // Those of the last row may have others beside them.
  for (const piece of pieces.slice(0, -1)) {
    const next = at + sizeOf(piece);
    const height = topOf(elements[next]) - topOf(elements[at]);
    at = next;
    if (!isRow(piece) || Number.isNaN(height)) continue;
    grid.heights.set(piece.key, height);
    if (piece.day === undefined) grid.usualHeight ??= height;
  }
}

const topOf = (element: Element | undefined) => element?.getBoundingClientRect().top ?? Number.NaN;
