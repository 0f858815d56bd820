/** The setting for HEIC, as the functions need it: their environment, and the decoder beside the code of the one that decodes. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ArchiveFiles } from "./assets/archive.ts";
import type { Settings } from "./settings.ts";

export function heicAssets({ heic }: Settings): { environment: { HEIC: string }; files: ArchiveFiles } {
  return { environment: { HEIC: JSON.stringify(heic) }, files: heic ? decoder() : {} };
}

/** libheif (LGPL) in files of its own, as its package has them, so that another build can take their place; and its licence. */
const DECODER_FILES = [
  "package.json",
  "LICENSE",
  "libheif-wasm/LICENSE",
  "libheif-wasm/libheif.js",
  "libheif-wasm/libheif.wasm",
];

function decoder(): ArchiveFiles {
  const { resolve } = createRequire(import.meta.url);
  return Object.fromEntries(
    DECODER_FILES.map((name) => [
      `node_modules/libheif-js/${name}`,
      readFileSync(resolve(`libheif-js/${name}`)),
    ]),
  );
}
