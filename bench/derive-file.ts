/** The first two image steps on a file, as the sides of the bench that are ours begin. */
import { readFileSync } from "node:fs";
import { type Derived, derive } from "../functions/resize/derive.ts";
import { HEAD_BYTES, inspect } from "../functions/validate/inspect.ts";
import { limits, variants } from "./settings.ts";

/** Reads the file once for each step, as the functions do. */
export async function deriveFile(path: string): Promise<Derived> {
  const original = readFileSync(path);
  const head = original.subarray(0, HEAD_BYTES);
  const inspected = await inspect(head, original.length, limits, async () => original);
  return derive(readFileSync(path), inspected, variants, limits);
}
