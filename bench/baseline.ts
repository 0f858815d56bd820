/** What most people write: one sharp process, each file made from the original. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { createMark } from "../functions/watermark/mark.ts";
import { measureRuns } from "./measure.ts";
import { fontFile, textMark, variants } from "./settings.ts";

sharp.cache(false);
sharp.concurrency(1);
const mark = textMark();
const markAt = createMark({ text: mark.text, fontFile }, mark.opacity);

await measureRuns(async (path) => {
  const original = readFileSync(path);
  const { autoOrient } = await sharp(original).metadata();
  for (const { name, width, height, fit, formats, quality } of variants) {
    const scale = Math.min(1, width / autoOrient.width, height / autoOrient.height);
    const finalWidth = fit === "cover" ? width : Math.round(autoOrient.width * scale);
    for (const format of formats) {
      let image = sharp(original).autoOrient().resize({ width, height, fit, withoutEnlargement: true });
      if (mark.variants.includes(name)) {
        const { data, ...size } = await markAt(Math.round(finalWidth * mark.size), height);
        image = image.composite([{ input: data, raw: { ...size, channels: 4 }, gravity: mark.position }]);
      }
      await image
        .toFormat(format, {
          ...(quality !== undefined && { quality }),
          ...(format === "jpeg" && { progressive: true }),
        })
        .toBuffer();
    }
  }
});
