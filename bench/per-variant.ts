/** Each variant made from the original, and its files from the variant's pixels. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { encodeAs, rendered, resized } from "./common.ts";
import { measureRuns } from "./measure.ts";
import { variants } from "./settings.ts";

await measureRuns(async (path) => {
  const original = readFileSync(path);
  const { autoOrient } = await sharp(original).metadata();
  for (const variant of variants) {
    const pixels = await rendered(await resized(sharp(original).autoOrient(), autoOrient, variant));
    for (const format of variant.formats) await encodeAs(pixels(), format, variant);
  }
});
