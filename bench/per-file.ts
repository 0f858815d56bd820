/** What most people write: one sharp process, each file made from the original. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { encodeAs, resized } from "./common.ts";
import { measureRuns } from "./measure.ts";
import { variants } from "./settings.ts";

await measureRuns(async (path) => {
  const original = readFileSync(path);
  const { autoOrient } = await sharp(original).metadata();
  for (const variant of variants)
    for (const format of variant.formats)
      await encodeAs(await resized(sharp(original).autoOrient(), autoOrient, variant), format, variant);
});
