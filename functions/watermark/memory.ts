/** How much memory watermark needs, known from the settings: what it encodes is as large as the variants are. */
import type { OutputFormat, Variant } from "../shared/preset.ts";

/** What is encoded at most: pixels of one frame, and of all of them. */
export interface Largest {
  framePixels: number;
  pixels: number;
}

/** @param largest what a variant may come to. */
export function leastBytesToEncode(
  variants: Variant[],
  largest: (variant: Variant) => Largest,
  keepsDisplayP3: boolean,
): number {
  const needs = variants.map((variant) => {
    const { framePixels, pixels } = largest(variant);
    const bytesOf = (format: OutputFormat, isDeep: boolean) =>
      framePixels * bytesPerPixel(format, variant, isDeep);
    // The formats of a picture are encoded at the same time; all are done long before an animation is.
    const ofStill = variant.formats.reduce((sum, format) => sum + bytesOf(format, keepsDisplayP3), 0);
    const ofAnimation = variant.formats.includes("webp")
      ? bytesOf("webp", false) + ANIMATION_BYTES_PER_PIXEL * pixels
      : 0;
    return ARRIVED_BYTES_PER_PIXEL * pixels + Math.max(ofStill, ofAnimation);
  });
  return PROCESS_BYTES + Math.max(...needs);
}

/** RGBA. */
const ARRIVED_BYTES_PER_PIXEL = 4.2;

/** Node, the SDK, sharp, the mark, and buffers that nobody needs any more (functions/shared/pixels.ts). */
const PROCESS_BYTES = 150e6;

/** What is kept of all frames until the file is done. */
const ANIMATION_BYTES_PER_PIXEL = 7.5;

/** Measured as the resident set's peak, with noise that has transparency, and rounded up. */
function bytesPerPixel(format: OutputFormat, { effort }: Pick<Variant, "effort">, isDeep: boolean): number {
  const ofSixteenBits = isDeep ? 12 : 0;
  switch (format) {
    case "jpeg":
      return 10 + ofSixteenBits;
    case "png":
      return 8 + ofSixteenBits;
    case "webp":
      return 39 + ofSixteenBits;
    case "avif":
      return (effort === "best" ? 100 : 80) + ofSixteenBits;
  }
}
