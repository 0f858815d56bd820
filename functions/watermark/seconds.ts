/** How long watermark encodes, known from the settings: what it encodes is as large as the variants are. */
import type { Effort, OutputFormat, Variant } from "../shared/preset.ts";

/** All of an image's files are made in this time. */
export const WATERMARK_SECONDS = 120;

/** Of noise on one vCPU, rounded up. An animation is one of a WebP. */
export const SECONDS_PER_MEGAPIXEL: Record<Exclude<OutputFormat, "png">, Record<Effort, number>> = {
  jpeg: { normal: 0.1, best: 0.7 },
  webp: { normal: 0.8, best: 1.6 },
  avif: { normal: 12, best: 30 },
};

/** Of that; measured in AVIF, where it matters. */
const PHOTOGRAPHS_TAKE = 0.5;

/** `quality: "auto"` takes two, as far as it looks at all. */
const TRIES_OF_AUTO = 2;

/**
 * Of a photograph, on one vCPU.
 * @param pixelsOf a variant, at most; of one frame: long animations are encoded with less effort.
 */
export function secondsToEncode(variants: Variant[], pixelsOf: (variant: Variant) => number): number {
  const perFile = variants.flatMap((variant) => {
    const { formats, effort = "normal", quality } = variant;
    const tries = quality === "auto" ? TRIES_OF_AUTO : 1;
    return formats.map((format) =>
      format === "png" ? 0 : (tries * SECONDS_PER_MEGAPIXEL[format][effort] * pixelsOf(variant)) / 1e6,
    );
  });
  return PHOTOGRAPHS_TAKE * perFile.reduce((sum, seconds) => sum + seconds, 0);
}
