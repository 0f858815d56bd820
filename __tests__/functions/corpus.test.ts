/** Every kind of file that people have, as it is published, or why it is not. */
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../functions/shared/pixels.ts";
import type { Shown } from "../fixtures/corpus/case.ts";
import { CORPUS, publish } from "../fixtures/corpus/corpus.ts";

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

describe("of the corpus", () => {
  it.each(CORPUS.map((each) => [each.name, each] as const))("%s", async (_, { make, expected }) => {
    const file = await make();
    if ("fields" in expected) return expectShown(await publish(file), expected);
    const rejection = publish(file);
    await expect(rejection).rejects.toMatchObject({ name: "ImageRejected", code: expected.code });
    await expect(rejection).rejects.toThrow(expected.says);
  });
});
