/** Raw pixels to files for the web. Nothing but pixels goes in, so no metadata of the original comes out. */
import { allFrames, firstFrame, type Pixels } from "../shared/pixels.ts";
import type { OutputFormat } from "../shared/settings.ts";
import type { Animation } from "../shared/state.ts";
import { isDrawn, isTiny } from "./graphic.ts";

/** How a file is to be written. */
export interface Encoding {
  format: OutputFormat;
  /** 1 to 100; without it, the encoder's own default (WebP and JPEG 80, AVIF 50, PNG lossless). */
  quality: number | undefined;
}

/**
 * WebP keeps an animation; the other formats show its first frame. JPEG puts transparent pixels on white. What is tiny or drawn keeps all
 * of its chroma, and is lossless in WebP where that is the smaller file too.
 * @param maxBytes the quality is lowered for it, at most twice.
 */
export async function encode(
  canvas: Pixels,
  { format, quality }: Encoding,
  animation: Animation | undefined,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const isGraphic = isTiny(canvas) || isDrawn(canvas);
  const at = (quality: number | undefined) =>
    format === "webp"
      ? encodeWebp(canvas, quality, animation, isGraphic)
      : encodeStill(canvas, format, quality, isGraphic);
  let file = await at(quality);
  const mayTry = format !== "png" && pixelsIn(canvas) <= MAX_PIXELS_TRIED_AGAIN;
  let power = STEEPNESS[format];
  let tried = quality ?? DEFAULT_QUALITY[format];
  for (let tries = 0; tries < MAX_TRIES && mayTry && file.length > maxBytes; tries++) {
    const ratio = Math.max(MOST_AT_ONCE, (maxBytes / file.length) ** power);
    const lower = Math.max(1, Math.floor(tried * ratio) - 2);
    const again = await at(lower);
    if (again.length >= file.length) break;
    // As steep as it was seen to be, and more: JPEG and WebP have the less to gain the lower the quality is.
    power = ((format === "avif" ? 1.2 : 2) * Math.log(lower / tried)) / Math.log(again.length / file.length);
    tried = lower;
    file = again;
  }
  return file;
}

const DEFAULT_QUALITY: Record<OutputFormat, number> = { webp: 80, jpeg: 80, avif: 50, png: 100 };

/** The quality goes down with the size to the power of this, about, where a file is encoded again that was compressed before. */
const STEEPNESS: Record<OutputFormat, number> = { webp: 2, jpeg: 2.5, avif: 1.1, png: 1 };

const MAX_TRIES = 2;
/** Further down the first guess is too rough, and would take more away than it has to. */
const MOST_AT_ONCE = 0.35;
/** Larger ones take seconds, in AVIF: too many to do it again and again. */
const MAX_PIXELS_TRIED_AGAIN = 5_000_000;

async function encodeWebp(
  canvas: Pixels,
  quality: number | undefined,
  animation: Animation | undefined,
  isGraphic: boolean,
): Promise<Buffer> {
  const timing = animation && { delay: animation.delaysMs, loop: animation.loop, ...effortFor(canvas) };
  const lossy = () =>
    allFrames(canvas)
      .webp({ ...withQuality(quality), ...timing })
      .toBuffer();
  // Of a long animation, what differs from frame to frame is what counts, and two encodings take too long.
  if (!isGraphic || pixelsIn(canvas) > MAX_PIXELS_TRIED_AGAIN) return lossy();
  const lossless = await allFrames(canvas)
    .webp({ lossless: true, ...timing })
    .toBuffer();
  if (isTiny(canvas)) return lossless;
  const other = await lossy();
  return other.length < lossless.length ? other : lossless;
}

async function encodeStill(
  canvas: Pixels,
  format: Exclude<OutputFormat, "webp">,
  quality: number | undefined,
  isGraphic: boolean,
): Promise<Buffer> {
  const frame = firstFrame(canvas);
  switch (format) {
    case "jpeg":
      return frame
        .flatten({ background: "white" })
        .jpeg({
          ...withQuality(quality),
          progressive: true,
          ...(isGraphic && { chromaSubsampling: "4:4:4" }),
        })
        .toBuffer();
    case "avif":
      return frame.avif(withQuality(quality)).toBuffer();
    case "png":
      return frame.png().toBuffer();
  }
}

function withQuality(quality: number | undefined): { quality?: number } {
  return quality === undefined ? {} : { quality };
}

function pixelsIn({ width, height, frames }: Pixels): number {
  return width * height * frames;
}

/**
 * Of 100 megapixels of noise the default takes longer than a function has. This takes less than half of the time, for files of the
 * same size.
 */
function effortFor(canvas: Pixels): { effort?: number } {
  return pixelsIn(canvas) > MAX_PIXELS_AT_DEFAULT_EFFORT ? { effort: 1 } : {};
}

const MAX_PIXELS_AT_DEFAULT_EFFORT = 20_000_000;
