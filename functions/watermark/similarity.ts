/** How like two pictures look: the mean structural similarity (SSIM) of their luma. https://doi.org/10.1109/TIP.2003.819861 */
import type { Sharp } from "sharp";

/** One byte a pixel. */
export interface Luma {
  data: Buffer;
  width: number;
  height: number;
}

/** What is transparent is taken for white, as most pages are. */
export async function lumaOf(image: Sharp): Promise<Luma> {
  const { data, info } = await image
    .flatten({ background: "white" })
    .greyscale()
    .toColourspace("b-w")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Windows of 8 x 8 pixels begin every 4 pixels: each is four cells. */
const CELL = 4;
const WINDOW_PIXELS = (2 * CELL) ** 2;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** @returns 1 for pictures that are the same, less for others; 1, too, where one is too small for a window. */
export function similarity(one: Luma, other: Luma): number {
  const columns = Math.floor(one.width / CELL);
  const rows = Math.floor(one.height / CELL);
  let above = new Float64Array(columns * SUMS);
  let row = new Float64Array(columns * SUMS);
  let total = 0;
  let windows = 0;
  for (let cellRow = 0; cellRow < rows; cellRow++) {
    [above, row] = [row, above];
    sumCells(one, other, cellRow * CELL, columns, row);
    if (cellRow === 0) continue;
    for (let column = 1; column < columns; column++, windows++) total += ofWindow(above, row, column * SUMS);
  }
  return windows === 0 ? 1 : total / windows;
}

/** For each cell: x, y, x², y², xy. */
const SUMS = 5;

function sumCells(one: Luma, other: Luma, top: number, columns: number, sums: Float64Array): void {
  const { data: a, width } = one;
  const { data: b } = other;
  for (let column = 0; column < columns; column++) {
    let x = 0;
    let y = 0;
    let xx = 0;
    let yy = 0;
    let xy = 0;
    for (let line = 0; line < CELL; line++) {
      const start = (top + line) * width + column * CELL;
      for (let at = start; at < start + CELL; at++) {
        const p = a[at] ?? 0;
        const q = b[at] ?? 0;
        x += p;
        y += q;
        xx += p * p;
        yy += q * q;
        xy += p * q;
      }
    }
    const into = column * SUMS;
    sums[into] = x;
    sums[into + 1] = y;
    sums[into + 2] = xx;
    sums[into + 3] = yy;
    sums[into + 4] = xy;
  }
}

/** @param at the sums of the window's right cells; those of the left ones are before them. */
function ofWindow(above: Float64Array, row: Float64Array, at: number): number {
  const mean = (index: number) =>
    ((above[at - SUMS + index] ?? 0) +
      (above[at + index] ?? 0) +
      (row[at - SUMS + index] ?? 0) +
      (row[at + index] ?? 0)) /
    WINDOW_PIXELS;
  const x = mean(0);
  const y = mean(1);
  const varianceX = mean(2) - x * x;
  const varianceY = mean(3) - y * y;
  const covariance = mean(4) - x * y;
  return ((2 * x * y + C1) * (2 * covariance + C2)) / ((x * x + y * y + C1) * (varianceX + varianceY + C2));
}
