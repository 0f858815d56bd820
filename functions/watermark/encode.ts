/** Finds the quality at which a picture is published: the one that is set, one that is good enough, or less where the file may not be as large. */
import type { Pixels } from "../shared/pixels.ts";
import type { Effort, OutputFormat, Quality } from "../shared/preset.ts";
import type { Animation } from "../shared/state.ts";
import { encodeAlike } from "./auto-quality.ts";
import type { Carried } from "./carried.ts";
import {
  canvasOf,
  DEFAULT_QUALITY,
  type Encoder,
  encoderOf,
  MAX_PIXELS_TRIED_AGAIN,
  pixelsIn,
  type Tried,
} from "./encoders.ts";
import { SECONDS_PER_MEGAPIXEL, WATERMARK_SECONDS } from "./seconds.ts";
import { smallerPng } from "./smaller-png.ts";

/** How a file is to be written. */
export interface Encoding {
  format: OutputFormat;
  /** Without it, the encoder's own default (WebP and JPEG 80, AVIF 50). PNG is lossless. */
  quality?: Quality | undefined;
  effort?: Effort | undefined;
  /** The quality is lowered for it. */
  maxBytes?: number | undefined;
}

export interface Around {
  animation?: Animation | undefined;
  carried?: Carried | undefined;
  /** What a picture has in this very format and size already: no file is larger. */
  originalBytes?: number | undefined;
}

export async function encode(
  pixels: Pixels,
  { format, quality, effort = "normal", maxBytes }: Encoding,
  { animation, carried = {}, originalBytes }: Around = {},
): Promise<Buffer> {
  const canvas = canvasOf(pixels, animation, carried);
  const at = encoderOf(canvas, format, effort);
  const first = await firstTry();
  const limit = Math.min(maxBytes ?? Number.POSITIVE_INFINITY, originalBytes ?? Number.POSITIVE_INFINITY);
  if (first.file.length <= limit) return first.file;
  if (format === "png")
    return pixelsIn(pixels) <= MAX_PIXELS_TRIED_AGAIN ? smallerPng(canvas, first.file, limit) : first.file;
  // People who name a size mean it.
  const isAskedFor = maxBytes !== undefined && first.file.length > maxBytes;
  const most = format === "avif" && !isAskedFor ? TRIES_OF_AVIF : MAX_TRIES;
  return smaller(first, format, at, limit, Math.min(most, triesFor(pixels, format, effort)));

  async function firstTry(): Promise<Tried> {
    const isStill = pixels.frames === 1 && pixelsIn(pixels) <= MAX_PIXELS_TRIED_AGAIN;
    if (quality === "auto" && format !== "png" && isStill && !canvas.isGraphic)
      return encodeAlike(canvas, format, at);
    const known = quality === "auto" ? undefined : quality;
    return { file: await at(known), quality: known ?? DEFAULT_QUALITY[format] };
  }
}

/** What is smaller than this is tried until it is small enough, or becomes no smaller. */
const MAX_TRIES = 5;
/** It takes seconds a megapixel. */
const TRIES_OF_AVIF = 2;
/** Of one file, of what all of an image's have. */
const SECONDS_FOR_TRIES = WATERMARK_SECONDS / 4;

function triesFor(pixels: Pixels, format: keyof typeof STEEPNESS, effort: Effort): number {
  if (pixelsIn(pixels) <= MAX_PIXELS_TRIED_AGAIN) return MAX_TRIES;
  const seconds = (SECONDS_PER_MEGAPIXEL[format][effort] * pixelsIn(pixels)) / 1e6;
  return Math.min(MAX_TRIES, Math.floor(SECONDS_FOR_TRIES / seconds));
}

/** Further down the first guess is too rough, and would take more away than it has to. */
const MOST_AT_ONCE = 0.35;

/** The quality goes down with the size to the power of this, about, where a file is encoded again that was compressed before. */
const STEEPNESS = { webp: 2, jpeg: 2.5, avif: 1.1 };

async function smaller(
  { file, quality }: Tried,
  format: keyof typeof STEEPNESS,
  at: Encoder,
  maxBytes: number,
  tries: number,
): Promise<Buffer> {
  let smallest = file;
  let power = STEEPNESS[format];
  let tried = quality;
  for (let count = 0; count < tries && smallest.length > maxBytes && tried > 1; count++) {
    const ratio = Math.max(MOST_AT_ONCE, (maxBytes / smallest.length) ** power);
    const lower = Math.max(1, Math.floor(tried * ratio) - 2);
    const again = await at(lower);
    if (again.length >= smallest.length) break;
    // As steep as it was seen to be, and more: JPEG and WebP have the less to gain the lower the quality is.
    power =
      ((format === "avif" ? 1.2 : 2) * Math.log(lower / tried)) / Math.log(again.length / smallest.length);
    tried = lower;
    smallest = again;
  }
  return smallest;
}
