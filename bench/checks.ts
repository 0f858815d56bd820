/** What it costs to know that a picture is right: validate and resize, against the same decoding and resizing by itself, in one process. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { derive } from "../functions/resize/derive.ts";
import { fitInto } from "../functions/resize/fit.ts";
import { masterSize, variantBox } from "../functions/resize/geometry.ts";
import { placeholderFrom, smallOf } from "../functions/resize/placeholder.ts";
import { pixelsFrom } from "../functions/shared/pixels.ts";
import { HEAD_BYTES, inspect } from "../functions/validate/inspect.ts";
import { measureInTurn, photograph } from "./measure.ts";
import { limits, variants } from "./settings.ts";

const bytes = readFileSync(photograph());
const head = bytes.subarray(0, HEAD_BYTES);
const original = await inspect(head, bytes.length, limits, async () => bytes);
const size = masterSize(original, variants);

await measureInTurn(checked, unchecked);

async function checked(): Promise<void> {
  const inspected = await inspect(head, bytes.length, limits, async () => bytes);
  const { variants: derived, placeholder } = await derive(bytes, inspected, variants, limits);
  await Promise.all([placeholder, ...derived.map(({ canvas }) => canvas.pixels)]);
}

async function unchecked(): Promise<void> {
  const shrunk = sharp(bytes)
    .autoOrient()
    .resize({ ...size, fit: "fill" });
  const raw = await shrunk.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const pixels = pixelsFrom(raw, 1);
  const small = await smallOf(pixels, undefined);
  const picture = { pixels, small: async () => small, focus: undefined };
  for (const variant of variants) await fitInto(picture, variantBox(original, variant), variant);
  placeholderFrom(small);
}
