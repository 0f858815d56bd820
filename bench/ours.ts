/** Our three image steps, one after the other in one process; what they hand over goes through files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { derive } from "../functions/resize/derive.ts";
import { HEAD_BYTES, inspect } from "../functions/validate/inspect.ts";
import { encode } from "../functions/watermark/encode.ts";
import { createMark } from "../functions/watermark/mark.ts";
import { stamp } from "../functions/watermark/stamp.ts";
import { measureRuns } from "./measure.ts";
import { fontFile, limits, textMark, variants } from "./settings.ts";

const mark = textMark();
const markAt = createMark({ text: mark.text, fontFile }, mark.opacity);
const staging = mkdtempSync(join(tmpdir(), "bench-staging-"));

await measureRuns(async (path) => {
  const original = readFileSync(path);
  const inspected = await inspect(
    original.subarray(0, HEAD_BYTES),
    original.length,
    limits,
    async () => original,
  );
  const { variants: derived } = await derive(readFileSync(path), inspected, variants, limits);
  for (const { name, pixels } of derived) writeFileSync(join(staging, name), pixels.data);
  for (const { name, pixels } of derived) {
    const staged = { ...pixels, data: readFileSync(join(staging, name)) };
    if (mark.variants.includes(name)) await stamp(staged, markAt, mark);
    const setting = variants.find((variant) => variant.name === name);
    for (const format of setting?.formats ?? []) await encode(staged, format, setting?.quality, undefined);
  }
});
rmSync(staging, { recursive: true });
