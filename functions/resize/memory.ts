/** How much memory an original takes to decode, known from its header, so that no file can use up what a function has. */
import type { Metadata } from "sharp";
import { ImageRejected } from "../shared/errors.ts";
import type { Limits } from "../shared/settings.ts";
import type { Original } from "../shared/state.ts";
import { avifLayout } from "../validate/avif.ts";
import { type HeicLayout, heicLayout } from "../validate/heic.ts";
import { tiffLayout } from "../validate/tiff.ts";
import { hasToBeMended } from "./traits.ts";

type Known = Pick<Original, "format" | "width" | "height" | "frames">;

/**
 * @param availableBytes of the whole process.
 * @throws ImageRejected (TOO_MANY_PIXELS) for a file that would need more.
 */
export function assertFits(
  bytes: Buffer,
  original: Known,
  metadata: Partial<Metadata>,
  availableBytes: number,
): void {
  const { width, height, frames } = original;
  const perPixel = bytesPerPixel(bytes, original, metadata);
  const forPixels = availableBytes - bytesBesidePixels(bytes);
  const most = Math.max(0, Math.floor(forPixels / perPixel));
  if (width * height * frames <= most) return;
  const count = (value: number) => value.toLocaleString("en-US");
  throw new ImageRejected(
    "TOO_MANY_PIXELS",
    `The image has ${count(width)} x ${count(height)} pixels${frames > 1 ? ` in ${count(frames)} frames` : ""}, and decoding ` +
      `one that is stored like this takes a lot of memory; at most ${count(roundedDown(most))} pixels are accepted of it. ` +
      "Make it smaller, or export it as a plain JPEG.",
  );
}

/** What the whole process takes at most to decode a file, and to make its variants. */
export function bytesToDecode(bytes: Buffer, original: Known, metadata: Partial<Metadata>): number {
  const { width, height, frames } = original;
  return bytesBesidePixels(bytes) + width * height * frames * bytesPerPixel(bytes, original, metadata);
}

/** The file is there twice while it is read. */
const bytesBesidePixels = (bytes: Buffer) => PROCESS_BYTES + 2 * bytes.length;

/** The least that takes any file of these limits: a plain JPEG is decoded line by line. Other kinds may be refused for what they take. */
export function leastBytes({ maxBytes, maxPixels }: Pick<Limits, "maxBytes" | "maxPixels">): number {
  return PROCESS_BYTES + 2 * maxBytes + maxPixels;
}

/** Most pixels of an animation, all frames together, that are decoded with so much. */
export function mostAnimatedPixels(availableBytes: number): number {
  return Math.max(0, Math.floor((availableBytes - PROCESS_BYTES) / ANIMATION_BYTES_PER_PIXEL));
}

const roundedDown = (pixels: number) => (pixels < 1e6 ? pixels : Math.floor(pixels / 1e6) * 1e6);

/** Node, the SDK and sharp, and the variants of a still picture. */
const PROCESS_BYTES = 210e6;

const ANIMATION_BYTES_PER_PIXEL = 12;

/**
 * Measured as the resident set's peak, with 25 megapixels of each kind and with animations of 100 (bench/memory.ts), and rounded up: the
 * fifth picture of a process takes more than its first.
 */
function bytesPerPixel(
  bytes: Buffer,
  { format, width, height, frames }: Known,
  { channels = 3, isProgressive, depth }: Partial<Metadata>,
): number {
  if (frames > 1) return ANIMATION_BYTES_PER_PIXEL;
  switch (format) {
    // Shrunk, or line by line, unless all of it has to be there before the first line is.
    case "jpeg":
      return isProgressive ? 2.5 * channels : 1;
    case "png":
      return isProgressive ? channels * (depth === "ushort" ? 2 : 1) + 2 : 2;
    case "webp":
      return 5;
    case "gif":
      return 6;
    case "avif": {
      const layout = avifLayout(bytes);
      const { bitDepth, chroma, hasAlpha } = layout;
      const isSubsampled = chroma === "4:2:0" || chroma === "4:0:0";
      const deep = bitDepth > 8 ? (isSubsampled ? 4 : 8) : 0;
      return (isSubsampled ? 16 : 19) + deep + (hasAlpha ? 2 : 0) + (hasToBeMended(layout) ? 4 : 0);
    }
    case "heic":
      return heicBytesPerPixel(heicLayout(bytes));
    case "tiff": {
      const layout = tiffLayout(bytes);
      return layout === undefined ? 4 : tiffBytesPerPixel(layout, width, height);
    }
  }
}

/** In WebAssembly, and once more outside of it. Grids take less than this, by a few bytes. */
function heicBytesPerPixel({ bitDepth, chroma, hasAlpha }: HeicLayout): number {
  const isSubsampled = chroma === "4:2:0" || chroma === "4:0:0";
  return (isSubsampled ? 12 : 15) + (bitDepth > 8 ? (isSubsampled ? 3 : 6) : 0) + (hasAlpha ? 3 : 0);
}

type Layout = NonNullable<ReturnType<typeof tiffLayout>>;

function tiffBytesPerPixel(layout: Layout, width: number, height: number): number {
  const { samplesPerPixel, bitsPerSample, isPlanar, tileWidth, tileHeight, hasExtraChannels } = layout;
  const pixelBytes = (samplesPerPixel * bitsPerSample) / 8;
  const planes = isPlanar ? 2 * pixelBytes : 0;
  const all = hasExtraChannels ? samplesPerPixel * (bitsPerSample > 8 ? 3.3 : 1.3) : 0;
  if (tileWidth === undefined || tileHeight === undefined) return 4 + planes + all;
  // Two rows of tiles are kept, and one tile more. They may be larger than the picture is.
  const columns = Math.ceil(width / tileWidth);
  const rows = Math.min(2, Math.ceil(height / tileHeight));
  const tiles = (columns * rows + 1) * tileWidth * tileHeight * pixelBytes;
  return 4 + planes + all + tiles / (width * height);
}
