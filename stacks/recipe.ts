/** What is deployed of what makes files of a picture: another one whenever the same picture may come to other files. */
import { createHash } from "node:crypto";
import { bundleFunction } from "./assets/bundle.ts";
import { sharpLayer } from "./assets/sharp-layer.ts";
import { heicAssets } from "./heic.ts";
import type { Settings } from "./settings.ts";
import { watermarkAssets } from "./watermark.ts";

export function recipeOf(settings: Settings): string {
  const { architecture, variants, watermark, keepMetadata, recognition } = settings;
  const parts = [
    bundleFunction("resize", heicAssets(settings).files).sha256,
    bundleFunction("watermark", watermarkAssets(settings).files).sha256,
    sharpLayer(architecture).sha256,
    { variants, watermark, keepMetadata, recognition },
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
