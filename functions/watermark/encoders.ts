/** Raw pixels to one file in one format. Nothing but pixels, and what is carried on purpose, goes in: no metadata of the original come out. */
import type { Sharp } from "sharp";
import { allFrames, firstFrame, type Pixels } from "../shared/pixels.ts";
import type { Effort, OutputFormat } from "../shared/preset.ts";
import type { Animation } from "../shared/state.ts";
import { type Carried, withCarried } from "./carried.ts";
import { isDrawn, isTiny } from "./graphic.ts";
import { MAX_PIXELS_AT_DEFAULT_EFFORT, MAX_PIXELS_TRIED_WHOLE } from "./seconds.ts";

/** Gives the file at a quality of 1 to 100; without one, at the encoder's own default. PNG is lossless and has none. */
export type Encoder = (quality: number | undefined) => Promise<Buffer>;

export interface Tried {
  file: Buffer;
  quality: number;
}

/** What sharp takes for the default. */
export const DEFAULT_QUALITY: Record<OutputFormat, number> = { webp: 80, jpeg: 80, avif: 50, png: 100 };

export interface Canvas {
  pixels: Pixels;
  animation: Animation | undefined;
  carried: Carried;
  /** Tiny or drawn: it keeps all of its chroma, and is lossless in WebP where that is the smaller file too. */
  isGraphic: boolean;
}

export function canvasOf(pixels: Pixels, animation: Animation | undefined, carried: Carried): Canvas {
  return { pixels, animation, carried, isGraphic: isTiny(pixels) || isDrawn(pixels) };
}

/** WebP keeps an animation; the other formats show its first frame. JPEG puts transparent pixels on white. */
export function encoderOf(canvas: Canvas, format: OutputFormat, effort: Effort): Encoder {
  const { pixels, carried, isGraphic } = canvas;
  const isBest = effort === "best";
  // Of Display P3, in 16 bits: see withCarried.
  const still = () => withCarried(firstFrame(pixels, carried.colourSpace ? 16 : 8), carried);
  switch (format) {
    case "webp":
      return (quality) => encodeWebp(canvas, quality, isBest);
    case "jpeg":
      return (quality) =>
        still()
          .flatten({ background: "white" })
          .jpeg({
            ...withQuality(quality),
            progressive: true,
            mozjpeg: isBest,
            ...(isGraphic && { chromaSubsampling: "4:4:4" }),
          })
          .toBuffer();
    case "avif":
      return (quality) =>
        still()
          .avif({ ...withQuality(quality), ...(isBest && { effort: 6 }) })
          .toBuffer();
    case "png":
      return () =>
        still()
          .png(isBest ? { compressionLevel: 9, effort: 10 } : {})
          .toBuffer();
  }
}

async function encodeWebp(canvas: Canvas, quality: number | undefined, isBest: boolean): Promise<Buffer> {
  const { pixels, animation, carried, isGraphic } = canvas;
  const timing = animation && { delay: animation.delaysMs, loop: animation.loop };
  const options = { ...timing, ...effortFor(pixels, isBest) };
  const minSize = pixels.frames > 1 && pixelsIn(pixels) <= MAX_PIXELS_TRIED_WHOLE;
  const frames = (): Sharp => withCarried(allFrames(pixels, carried.colourSpace ? 16 : 8), carried);
  const lossy = () =>
    frames()
      .webp({ ...withQuality(quality), ...options, minSize })
      .toBuffer();
  // Of a long animation, what differs from frame to frame is what counts, and two encodings take too long.
  if (!isGraphic || pixelsIn(pixels) > MAX_PIXELS_TRIED_AGAIN) return lossy();
  const lossless = await frames()
    .webp({ lossless: true, ...options })
    .toBuffer();
  if (isTiny(pixels)) return lossless;
  const other = await lossy();
  return other.length < lossless.length ? other : lossless;
}

/** Larger ones take seconds, in AVIF: too many to do it again and again. */
export const MAX_PIXELS_TRIED_AGAIN = 5_000_000;

export function pixelsIn({ width, height, frames }: Pixels): number {
  return width * height * frames;
}

function withQuality(quality: number | undefined): { quality?: number } {
  return quality === undefined ? {} : { quality };
}

function effortFor(pixels: Pixels, isBest: boolean): { effort?: number } {
  if (pixels.frames > 1 && pixelsIn(pixels) > MAX_PIXELS_AT_DEFAULT_EFFORT) return { effort: 1 };
  return isBest && pixels.frames === 1 ? { effort: 6 } : {};
}
