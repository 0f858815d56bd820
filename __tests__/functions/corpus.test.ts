/** Every kind of file that people have, as it is published, or why it is not. */
import { describe, expect, it } from "vitest";
import { derive } from "../../functions/resize/derive.ts";
import type { Pixels } from "../../functions/shared/pixels.ts";
import { HEAD_BYTES, inspect } from "../../functions/validate/inspect.ts";
import { avifCases } from "../fixtures/corpus/avif-cases.ts";
import type { Case, Shown } from "../fixtures/corpus/case.ts";
import { jpegCases } from "../fixtures/corpus/jpeg-cases.ts";
import { otherCases } from "../fixtures/corpus/other-cases.ts";
import { pngCases } from "../fixtures/corpus/png-cases.ts";
import { tiffCases } from "../fixtures/corpus/tiff-cases.ts";
import { tiffRefusedCases } from "../fixtures/corpus/tiff-refused-cases.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits } = defaultSettings;

/** What validate and resize make of a file: as large as the original at most 64 pixels wide. */
async function publish(file: Buffer): Promise<Pixels> {
  const original = await inspect(file.subarray(0, HEAD_BYTES), file.length, limits, async () => file);
  const { variants } = await derive(
    file,
    original,
    [{ name: "v", width: 64, height: 64, fit: "inside", formats: ["webp"] }],
    limits,
  );
  const pixels = variants[0]?.pixels;
  if (pixels === undefined) throw new Error("Nothing was derived.");
  return pixels;
}

function fieldsOf({ data, width, height, channels }: Pixels): number[][] {
  return [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.25, 0.75],
    [0.75, 0.75],
  ].map(([x = 0, y = 0]) => {
    const at = (Math.floor(y * height) * width + Math.floor(x * width)) * channels;
    return [...data.subarray(at, at + channels)];
  });
}

function expectShown(pixels: Pixels, { fields, tolerance, alpha, frames = 1 }: Shown) {
  expect([pixels.width, pixels.height, pixels.frames]).toEqual([64, 48, frames]);
  const actual = fieldsOf(pixels);
  const wanted = fields.map((colour, index) => [...colour, alpha?.[index] ?? 255]);
  const differences = actual.flatMap((colour, field) =>
    [0, 1, 2, 3].map((channel) => Math.abs((colour[channel] ?? 255) - (wanted[field]?.[channel] ?? 255))),
  );
  expect(
    Math.max(...differences),
    `${JSON.stringify(actual)} is not ${JSON.stringify(wanted)}`,
  ).toBeLessThanOrEqual(tolerance);
}

const cases: Case[] = [
  ...jpegCases,
  ...pngCases,
  ...avifCases,
  ...otherCases,
  ...tiffCases,
  ...tiffRefusedCases,
];

describe("of the corpus", () => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", async (_, { make, expected }) => {
    const file = await make();
    if ("fields" in expected) return expectShown(await publish(file), expected);
    const rejection = publish(file);
    await expect(rejection).rejects.toMatchObject({ name: "ImageRejected", code: expected.code });
    await expect(rejection).rejects.toThrow(expected.says);
  });
});
