import { describe, expect, it } from "vitest";
import { pack } from "../../functions/resize/pack.ts";
import type { Pixels } from "../../functions/shared/pixels.ts";

const MEGABYTE = 2 ** 20;
const pixels = (bytes: number, fill = 0): Pixels => ({
  data: Buffer.alloc(bytes, fill),
  width: bytes / 3,
  height: 1,
  channels: 3,
  frames: 1,
});

describe("pixels of several variants", () => {
  it("are one object, in which each has its place, small ones first", () => {
    const same = pixels(6, 2);
    const { objects, staged } = pack(
      [
        { name: "large", pixels: pixels(12, 1) },
        { name: "medium", pixels: same },
        { name: "small", pixels: same },
        { name: "thumbnail", pixels: pixels(3, 3) },
      ],
      "id/execution/",
    );
    expect(objects.map(({ key, parts }) => [key, Buffer.concat(parts).toString("hex")])).toEqual([
      ["id/execution/0.raw", `${"03".repeat(3)}${"02".repeat(6)}${"01".repeat(12)}`],
    ]);
    expect(staged.map(({ name, key, offset, width }) => [name, key, offset, width])).toEqual([
      ["large", "id/execution/0.raw", 9, 4],
      ["medium", "id/execution/0.raw", 3, 2],
      ["small", "id/execution/0.raw", 3, 2],
      ["thumbnail", "id/execution/0.raw", 0, 1],
    ]);
  });

  it("that are many megabytes have an object each", () => {
    const sizes = [60 * MEGABYTE, 15 * MEGABYTE, 15 * MEGABYTE, 3 * MEGABYTE];
    const { objects, staged } = pack(
      sizes.map((bytes, index) => ({ name: String(index), pixels: pixels(bytes) })),
      "",
    );
    expect(objects.map(({ parts }) => parts.length)).toEqual([2, 1, 1]);
    expect(staged.map(({ key, offset }) => [key, offset / MEGABYTE])).toEqual([
      ["2.raw", 0],
      ["0.raw", 3],
      ["1.raw", 0],
      ["0.raw", 0],
    ]);
  });
});
