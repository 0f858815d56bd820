import { describe, expect, it } from "vitest";
import { batchesThatFit } from "../../functions/shared/batches.ts";
import type { Variant } from "../../functions/shared/preset.ts";
import type { StagedVariant } from "../../functions/shared/state.ts";
import { bytesOfOriginal, planFiles } from "../../functions/watermark/plan.ts";

const folder = "files/_/id/v1/";
const variant = (name: string, more: Partial<Variant> = {}): Variant => ({
  name,
  width: 100,
  height: 100,
  fit: "inside",
  formats: ["webp", "jpeg"],
  ...more,
});
const staged = (name: string, { key = `${name}.raw`, width = 100 } = {}): StagedVariant => ({
  name,
  key,
  offset: 0,
  width,
  height: 80,
  channels: 3,
});

describe("the plan", () => {
  it("is one canvas a variant, with its files, the small ones first", () => {
    const { canvases, published } = planFiles(folder, [staged("large"), staged("small", { width: 50 })], {
      variants: [variant("large", { quality: 80 }), variant("small", { formats: ["avif"] })],
      mark: { variants: ["large"] },
    });
    expect(canvases.map(({ isMarked, files }) => ({ isMarked, files }))).toEqual([
      { isMarked: false, files: [{ key: "files/_/id/v1/small.avif", format: "avif", quality: undefined }] },
      {
        isMarked: true,
        files: [
          { key: "files/_/id/v1/large.webp", format: "webp", quality: 80 },
          { key: "files/_/id/v1/large.jpeg", format: "jpeg", quality: 80 },
        ],
      },
    ]);
    expect(published.map(({ key }) => key)).toEqual([
      "files/_/id/v1/large.webp",
      "files/_/id/v1/large.jpeg",
      "files/_/id/v1/small.avif",
    ]);
  });

  it("reads the pixels of variants that come out the same once, and makes what differs of them", () => {
    const alike = ["large", "medium", "small"].map((name) => staged(name, { key: "same.raw" }));
    const { canvases, published } = planFiles(folder, alike, {
      variants: [
        variant("large"),
        variant("medium", { formats: ["jpeg"] }),
        variant("small", { quality: 50, formats: ["webp"] }),
      ],
      mark: undefined,
    });
    expect(canvases).toHaveLength(1);
    expect(canvases[0]?.files.map(({ key }) => key)).toEqual([
      "files/_/id/v1/large.webp",
      "files/_/id/v1/large.jpeg",
      "files/_/id/v1/small.webp",
    ]);
    expect(published.map(({ name, format, key }) => [name, format, key])).toEqual([
      ["large", "webp", "files/_/id/v1/large.webp"],
      ["large", "jpeg", "files/_/id/v1/large.jpeg"],
      ["medium", "jpeg", "files/_/id/v1/large.jpeg"],
      ["small", "webp", "files/_/id/v1/small.webp"],
    ]);
  });

  it("does not put a mark on pixels that another variant wants without one", () => {
    const alike = ["large", "thumbnail"].map((name) => staged(name, { key: "same.raw" }));
    const { canvases } = planFiles(folder, alike, {
      variants: [variant("large"), variant("thumbnail")],
      mark: { variants: ["large"] },
    });
    expect(canvases.map(({ isMarked, files }) => [isMarked, files.length])).toEqual([
      [true, 2],
      [false, 2],
    ]);
  });

  it("is refused for a variant that is not configured any more", () => {
    const plan = () => planFiles(folder, [staged("old")], { variants: [variant("new")], mark: undefined });
    expect(plan).toThrow('Variant "old" was staged, but is no longer configured.');
  });
});

describe("a file may have as many bytes as the original", () => {
  const original = { format: "jpeg" as const, width: 100, height: 80, bytes: 1234 };
  it.each([
    ["when it has its format and size", { width: 100, height: 80 }, "jpeg", 1234],
    ["not in another format", { width: 100, height: 80 }, "webp", undefined],
    ["not in another size", { width: 80, height: 80 }, "jpeg", undefined],
  ] as const)("%s", (_, canvas, format, expected) => {
    expect(bytesOfOriginal(canvas, { format }, original)).toBe(expected);
    expect(bytesOfOriginal(canvas, { format }, undefined)).toBeUndefined();
  });
});

describe("canvases are read together", () => {
  it.each([
    ["when all fit", [5, 3, 2], [[5, 3, 2]]],
    ["as many as fit, in their order", [6, 5, 4, 2], [[6], [5, 4], [2]]],
    ["but one that never fits is alone", [2, 30, 1, 1], [[2], [30], [1, 1]]],
    ["and there may be none", [], []],
  ])("%s", (_, sizes, expected) => {
    expect(batchesThatFit(sizes, (size) => size, 10)).toEqual(expected);
  });
});
