import { describe, expect, it } from "vitest";
import type { Canvas } from "../../functions/resize/derive.ts";
import { pack } from "../../functions/resize/pack.ts";

const MEGABYTE = 2 ** 20;
function canvas(bytes: number, fill = 0): Canvas {
  const shape = { width: bytes / 3, height: 1, channels: 3, frames: 1 } as const;
  return { ...shape, pixels: Promise.resolve({ ...shape, data: Buffer.alloc(bytes, fill) }) };
}

describe("pixels of several variants", () => {
  it("are one object, in which each has its place", async () => {
    const same = canvas(6, 2);
    const { objects, staged } = pack(
      [
        { name: "large", canvas: canvas(12, 1) },
        { name: "medium", canvas: same },
        { name: "small", canvas: same },
        { name: "thumbnail", canvas: canvas(3, 3) },
      ],
      "id/execution/",
    );
    const [object, ...others] = objects;
    expect(others).toEqual([]);
    expect(object).toMatchObject({ key: "id/execution/0.raw", bytes: 21 });
    expect(Buffer.concat(await Promise.all(object?.parts ?? [])).toString("hex")).toBe(
      `${"01".repeat(12)}${"02".repeat(6)}${"03".repeat(3)}`,
    );
    expect(staged.map(({ name, key, offset, width }) => [name, key, offset, width])).toEqual([
      ["large", "id/execution/0.raw", 0, 4],
      ["medium", "id/execution/0.raw", 12, 2],
      ["small", "id/execution/0.raw", 12, 2],
      ["thumbnail", "id/execution/0.raw", 18, 1],
    ]);
  });

  it("that are many megabytes have an object each", () => {
    const sizes = [60 * MEGABYTE, 15 * MEGABYTE, 15 * MEGABYTE, 3 * MEGABYTE];
    const { objects, staged } = pack(
      sizes.map((bytes, index) => ({ name: String(index), canvas: canvas(bytes) })),
      "",
    );
    expect(objects.map(({ parts }) => parts.length)).toEqual([1, 2, 1]);
    expect(staged.map(({ key, offset }) => [key, offset / MEGABYTE])).toEqual([
      ["0.raw", 0],
      ["1.raw", 0],
      ["1.raw", 15],
      ["2.raw", 0],
    ]);
  });
});
