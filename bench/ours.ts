/** Our three image steps, one after the other in one process; what they hand over goes through files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "../functions/watermark/encode.ts";
import { createMark } from "../functions/watermark/mark.ts";
import { stamp } from "../functions/watermark/stamp.ts";
import { deriveFile } from "./derive-file.ts";
import { measureRuns } from "./measure.ts";
import { fontFile, textMark, variants } from "./settings.ts";

const mark = textMark();
const markAt = await createMark({ text: mark.text, fontFile }, mark.opacity);
const staging = mkdtempSync(join(tmpdir(), "bench-staging-"));

await measureRuns(async (path) => {
  const derived = await deriveFile(path);
  for (const { name, pixels } of derived) writeFileSync(join(staging, name), pixels.data);
  for (const { name, pixels } of derived) {
    const staged = { ...pixels, data: readFileSync(join(staging, name)) };
    if (mark.variants.includes(name)) await stamp(staged, markAt, mark);
    const setting = variants.find((variant) => variant.name === name);
    for (const format of setting?.formats ?? []) await encode(staged, { format, quality: setting?.quality });
  }
});
rmSync(staging, { recursive: true });
