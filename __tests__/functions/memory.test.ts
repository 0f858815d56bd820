/** No file takes more memory than resize has: what its header says is enough to know. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inspect } from "../../functions/validate/inspect.ts";
import { avifFile } from "../fixtures/corpus/avif-file.ts";
import { chart, chartWithAlpha, deepChart } from "../fixtures/corpus/made-with-sharp.ts";
import { tiffFile } from "../fixtures/corpus/tiff-file.ts";
import { rgb8 } from "../fixtures/corpus/tiff-pictures.ts";
import { derived } from "../fixtures/derived.ts";
import { animation } from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits, variants } = defaultSettings;

/** What is kept for all that is neither pixels nor the file. */
const FOR_PROCESS = 210e6;

/** @returns how many variants there are; vitest would print all of their pixels. */
async function deriveWith(file: Buffer, bytesForPixels: number): Promise<number> {
  const original = await inspect(file, file.length, limits, async () => file);
  const memoryBytes = FOR_PROCESS + 2 * file.length + bytesForPixels;
  return (await derived(file, original, variants, { ...limits, memoryBytes })).variants.length;
}

const large = () => chart().resize(1600, 1200, { kernel: "nearest" });
const largeWithAlpha = () => chartWithAlpha().resize(1600, 1200, { kernel: "nearest" });

describe("a picture of two megapixels", () => {
  it.each([
    ["baseline JPEG", 2, () => large().jpeg().toBuffer()],
    ["progressive JPEG", 15, () => large().jpeg({ progressive: true }).toBuffer()],
    ["PNG", 4, () => large().png().toBuffer()],
    ["interlaced PNG", 10, () => large().png({ progressive: true }).toBuffer()],
    [
      "interlaced PNG of 16 bits",
      16,
      () => deepChart().resize(1600, 1200, { kernel: "nearest" }).png({ progressive: true }).toBuffer(),
    ],
    ["WebP", 10, () => large().webp().toBuffer()],
    ["GIF", 12, () => large().gif().toBuffer()],
    ["AVIF", 32, () => large().avif({ effort: 0, chromaSubsampling: "4:2:0" }).toBuffer()],
    ["AVIF of full colour", 38, () => large().avif({ effort: 0 }).toBuffer()],
    ["AVIF of 12 bits", 50, () => large().avif({ effort: 0, bitdepth: 12 }).toBuffer()],
    ["AVIF with alpha", 42, () => largeWithAlpha().avif({ effort: 0 }).toBuffer()],
    ["TIFF in strips", 8, () => large().tiff({ compression: "lzw" }).toBuffer()],
    [
      "TIFF in large tiles",
      24,
      () =>
        large().tiff({ compression: "deflate", tile: true, tileWidth: 1024, tileHeight: 1024 }).toBuffer(),
    ],
  ])("as %s needs about %i MB", async (_, megabytes, make) => {
    const file = await make();
    const rejection = deriveWith(file, megabytes * 1e6 * 0.7);
    await expect(rejection).rejects.toMatchObject({ name: "ImageRejected", code: "TOO_MANY_PIXELS" });
    await expect(rejection).rejects.toThrow(/1,600 x 1,200 pixels, .* at most [\d,]+ pixels .* smaller/);
    await expect(deriveWith(file, megabytes * 1e6 * 1.3)).resolves.toBe(variants.length);
  });
});

it("a HEIC of 1.2 megapixels, of which all colour is kept, needs about 18 MB", async () => {
  const coded = readFileSync(new URL("../fixtures/corpus/chart-coded.heic", import.meta.url));
  const file = avifFile(coded, 128, 96, { codec: "hevc", columns: 100 });
  await expect(deriveWith(file, 18.4e6 * 0.9)).rejects.toThrow(
    /12,800 x 96 pixels, .* at most [\d,]+ pixels/,
  );
  await expect(deriveWith(file, 18.4e6 * 1.1)).resolves.toBe(variants.length);
});

it("channels that are dropped count, too", async () => {
  const samples = rgb8.samples.flatMap((value, index) =>
    index % 3 === 2 ? [value, ...Array(17).fill(9)] : value,
  );
  const fields = [[338, "short", Array(17).fill(0)]] satisfies [number, "short", number[]][];
  const file = tiffFile({ ...rgb8, samplesPerPixel: 20, samples, fields });
  await expect(deriveWith(file, 40_000)).rejects.toMatchObject({
    code: "TOO_MANY_PIXELS",
  });
  await expect(deriveWith(file, 2e5)).resolves.toBe(variants.length);
});

it("all frames of an animation count", async () => {
  const file = await animation("webp", 20, 400, 300);
  await expect(deriveWith(file, 20e6)).rejects.toThrow(/400 x 300 pixels in 20 frames/);
  await expect(deriveWith(file, 40e6)).resolves.toBe(variants.length);
});
