/** The original decoded once, at the size of the largest variant, and all else made of that in memory: about the least that these encoders let it take. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { masterSize } from "../functions/resize/geometry.ts";
import { encodeAs, rendered, resized } from "./common.ts";
import { measureRuns } from "./measure.ts";
import { variants } from "./settings.ts";

await measureRuns(async (path) => {
  const original = readFileSync(path);
  const { autoOrient } = await sharp(original).metadata();
  const size = masterSize(autoOrient, variants);
  const master = await rendered(
    sharp(original)
      .autoOrient()
      .resize({ ...size, fit: "fill" }),
  );
  for (const variant of variants) {
    const pixels = await rendered(await resized(master(), size, variant));
    for (const format of variant.formats) await encodeAs(pixels(), format, variant);
  }
});
