/** Which side is up, where EXIF does not say it and XMP does. */
import type { Metadata } from "sharp";

/**
 * @returns 2 to 8 as in EXIF; undefined where the picture is upright, or sharp turns it by itself: by EXIF, and AVIF by its own
 * properties, which are the only ones that count there. Nobody turns a GIF.
 */
export function orientationFromXmp({ format, orientation, xmp }: Metadata): number | undefined {
  if (xmp === undefined || format === "heif" || format === "gif") return undefined;
  if (orientation !== undefined && (format !== "tiff" || orientation !== 1)) return undefined;
  const [, digit] = /tiff:Orientation(?:\s*=\s*["']|\s*>\s*)([2-8])\b/.exec(xmp.toString("latin1")) ?? [];
  return digit === undefined ? undefined : Number(digit);
}

/** Whether width and height change places. */
export function isLyingOnItsSide(orientation: number | undefined): boolean {
  return orientation !== undefined && orientation >= 5;
}
