/** Resize on one picture, and what it reckons with from the header. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { derive } from "../functions/resize/derive.ts";
import { bytesToDecode } from "../functions/resize/memory.ts";
import { inspect } from "../functions/validate/inspect.ts";
import { peakMb, photograph } from "./measure.ts";
import { limits, variants } from "./settings.ts";

const bytes = readFileSync(photograph());
const original = await inspect(bytes, bytes.length, { ...limits, maxBytes: Infinity }, async () => bytes);
const reckonedMb = bytesToDecode(bytes, original, await sharp(bytes).metadata()) / 2 ** 20;
const { variants: derived } = await derive(bytes, original, variants, limits);
await Promise.all(derived.map(({ canvas }) => canvas.pixels));
process.stdout.write(`${JSON.stringify({ peakMb: peakMb(), reckonedMb })}\n`);
