/** The watermark setting, as the watermark function needs it: its environment, and the files beside its code. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ArchiveFiles } from "./assets/archive.ts";
import type { Settings } from "./settings.ts";

export function markOf({ watermark }: Settings): {
  environment: Record<string, string>;
  files: ArchiveFiles;
} {
  if (watermark === false) return { environment: {}, files: {} };
  const { image, ...mark } = watermark;
  const files =
    image === undefined ? { "font.woff": readFileSync(FONT) } : { "mark.png": readFileSync(image) };
  return { environment: { WATERMARK: JSON.stringify(mark) }, files };
}

/** Inter, semi-bold, Latin letters (SIL Open Font License 1.1). */
const FONT = createRequire(import.meta.url).resolve("@fontsource/inter/files/inter-latin-600-normal.woff");
