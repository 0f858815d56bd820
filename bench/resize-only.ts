/** The resize step alone, for its memory. */
import { readFileSync } from "node:fs";
import { derive } from "../functions/resize/derive.ts";
import { HEAD_BYTES, inspect } from "../functions/validate/inspect.ts";
import { measureRuns } from "./measure.ts";
import { limits, variants } from "./settings.ts";

await measureRuns(async (path) => {
  const original = readFileSync(path);
  const inspected = await inspect(
    original.subarray(0, HEAD_BYTES),
    original.length,
    limits,
    async () => original,
  );
  await derive(original, inspected, variants, limits);
});
