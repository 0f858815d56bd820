/** The first two image steps on a file, as the sides of the bench that are ours begin. */
import { readFileSync } from "node:fs";
import { derive } from "../functions/resize/derive.ts";
import type { Pixels } from "../functions/shared/pixels.ts";
import { HEAD_BYTES, inspect } from "../functions/validate/inspect.ts";
import { limits, variants } from "./settings.ts";

/** Reads the file once for each step, as the functions do. */
export async function deriveFile(path: string): Promise<{ name: string; pixels: Pixels }[]> {
  const original = readFileSync(path);
  const head = original.subarray(0, HEAD_BYTES);
  const inspected = await inspect(head, original.length, limits, async () => original);
  const { variants: derived, placeholder } = await derive(readFileSync(path), inspected, variants, limits);
  await placeholder;
  return Promise.all(derived.map(async ({ name, canvas }) => ({ name, pixels: await canvas.pixels })));
}
