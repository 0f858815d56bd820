import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRow, type Piece, piecesIn, type Row, rowsIn, sizeOf } from "../../site/src/gallery/rows.ts";
import { image } from "./support.ts";

const now = new Date(2026, 10, 22, 12);
const HOUR_MS = 3_600_000;
/** One an hour, back from noon. */
const hourly = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    image(String(index), { uploadedAt: new Date(now.getTime() - index * HOUR_MS).toISOString() }),
  );
const rowsOf = (count: number, columns: number, before = 0, isByTime = false) =>
  rowsIn(hourly(count), { columns, before, isByTime }, now);
const parts = (rows: Row[]) => rows.map(({ start, end, day }) => day ?? `${start}-${end}`);
const piecesOf = (rows: Row[], top: number, bottom: number, focused = -1) =>
  piecesIn(rows, () => 100, { top, bottom }, focused);
const told = (pieces: Piece[]) =>
  pieces.map((piece) => (isRow(piece) ? piece.start : `${piece.height} pixels`));

describe("the gallery's rows", () => {
  it("are as long as there are columns, and the first has what comes before it in it", () => {
    expect(parts(rowsOf(5, 2))).toEqual(["0-2", "2-4", "4-5"]);
    expect(parts(rowsOf(5, 3, 2))).toEqual(["0-1", "1-4", "4-5"]);
    expect(parts(rowsOf(4, 2, 2))).toEqual(["0-2", "2-4"]);
    expect(rowsOf(0, 2)).toEqual([]);
  });

  it("end with their day, whose heading is a row", () => {
    expect(parts(rowsOf(15, 5, 3, true))).toEqual(["Today", "0-5", "5-10", "10-13", "Yesterday", "13-15"]);
  });

  it("that are far from the window are room that is kept, and both ends are there", () => {
    const rows = rowsOf(40, 2);
    expect(told(piecesOf(rows, 0, 250))).toEqual([0, 2, 4, "1600 pixels", 38]);
    expect(told(piecesOf(rows, 850, 1050))).toEqual([0, 2, "600 pixels", 16, 18, 20, "800 pixels", 38]);
    expect(told(piecesOf(rows, 5000, 6000))).toEqual([0, 2, "1700 pixels", 38]);
  });

  it("beside the one that has the focus are there, for where it goes next", () => {
    expect(told(piecesOf(rowsOf(40, 2), 0, 150, 21))).toEqual([
      0,
      2,
      "600 pixels",
      16,
      18,
      20,
      22,
      24,
      "600 pixels",
      38,
    ]);
  });

  it("are all accounted for, once and in order, wherever the window is", () => {
    const few = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 6 }), few, fc.boolean(), few, few, (...given) => {
        const [count, columns, before, isByTime, at, length] = given;
        const rows = rowsOf(count, columns, before, isByTime);
        const indexes = rows.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, index) => start + index),
        );
        expect(indexes).toEqual(hourly(count).map((_, index) => index));
        expect(rows.every((row) => sizeOf(row) <= columns)).toBe(true);
        const pieces = piecesOf(rows, at * 20, (at + length) * 20, at);
        const height = pieces.map((piece) => (isRow(piece) ? 100 : piece.height));
        expect(height.reduce((sum, one) => sum + one, 0)).toBe(rows.length * 100);
        expect(new Set(pieces.map(({ key }) => key)).size).toBe(pieces.length);
      }),
    );
  });
});
