/** How long watermark encodes, known from an original's size, or from the settings alone. */
import { type Size, variantBox } from "../resize/geometry.ts";
import type { Effort, OutputFormat, Quality, Variant } from "../shared/preset.ts";

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
 * Of 100 megapixels of noise in an animation the default takes longer than a function has. Less effort takes half of the time, for
 * files of the same size.
 */
export const MAX_PIXELS_AT_DEFAULT_EFFORT = 20_000_000;

const LESS_EFFORT_TAKES = 0.5;

/**
 * libwebp leaves out blocks that differ little from the frame before, however far they have come away from what is shown: a smooth sky
 * that is panned over turns into squares. Looking for the smallest file, it tries whole frames as well, which are smaller there; what
 * fades slowly it still lets drift. Trying takes twice the time, so these take no longer than the largest animation does without.
 */
export const MAX_PIXELS_TRIED_WHOLE = 50_000_000;

/** A file to be encoded. */
export interface FileToEncode {
  /** Of one frame. */
  pixels: number;
  format: OutputFormat;
  effort?: Effort | undefined;
  quality?: Quality | undefined;
  frames: number;
}

/** Of photographs, still or moving, on one vCPU. */
export function secondsToEncode(files: FileToEncode[]): number {
  return PHOTOGRAPHS_TAKE * files.reduce((sum, file) => sum + secondsOfNoise(file), 0);
}

function secondsOfNoise({ format, effort = "normal", quality, pixels, frames }: FileToEncode): number {
  if (format === "png") return 0;
  if (format === "webp" && frames > 1) return secondsOfAnimatedNoise(pixels * frames);
  const tries = quality === "auto" ? TRIES_OF_AUTO : 1;
  return (tries * SECONDS_PER_MEGAPIXEL[format][effort] * pixels) / 1e6;
}

function secondsOfAnimatedNoise(pixels: number): number {
  const effort = pixels > MAX_PIXELS_AT_DEFAULT_EFFORT ? LESS_EFFORT_TAKES : 1;
  const tries = pixels > MAX_PIXELS_TRIED_WHOLE ? 1 : 2;
  return (tries * effort * SECONDS_PER_MEGAPIXEL.webp.normal * pixels) / 1e6;
}

/** What is made of an upright original with its border, all of it marked or none. Variants that come out the same are one file. */
export function filesOf(original: Size & { frames: number }, variants: Variant[]): FileToEncode[] {
  const files = new Map<string, FileToEncode>();
  for (const variant of variants) {
    const { name: _, width: mostWidth, height: mostHeight, formats, ...how } = variant;
    const box = { width: mostWidth, height: mostHeight };
    const { width, height } = how.fit === "contain" ? box : variantBox(original, variant);
    const { effort, quality } = how;
    for (const format of formats) {
      const file = { pixels: width * height, format, effort, quality, frames: original.frames };
      files.set(JSON.stringify([how, width, height, format]), file);
    }
  }
  return [...files.values()];
}
