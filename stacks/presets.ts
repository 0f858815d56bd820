/** The presets, as the functions that start executions or take uploads need them: a file beside their code. */

import type { Variant } from "../functions/shared/preset.ts";
import { DEFAULT_PRESET, PRESETS_FILE, type Presets } from "../functions/shared/presets.ts";
import type { ArchiveFiles } from "./assets/archive.ts";
import { isThumbnail, type Settings } from "./settings.ts";

export function presetFiles(settings: Settings): ArchiveFiles {
  return { [PRESETS_FILE]: Buffer.from(JSON.stringify(presetsIn(settings))) };
}

/** Each variant says whether it is marked, so that this travels with the execution too. */
export function presetsIn({ variants, presets, watermark }: Settings): Presets {
  const marked = watermark === false ? [] : watermark.variants;
  const all: Presets = {
    [DEFAULT_PRESET]: {
      prefixes: [],
      onRequest: false,
      variants: resolved(variants, ({ name }) => marked.includes(name)),
    },
  };
  for (const [name, preset] of Object.entries(presets))
    all[name] = { ...preset, variants: resolved(preset.variants, (variant) => !isThumbnail(variant)) };
  return all;
}

function resolved(variants: Variant[], isMarked: (variant: Variant) => boolean): Variant[] {
  return variants.map((variant) => ({ ...variant, watermark: variant.watermark ?? isMarked(variant) }));
}
