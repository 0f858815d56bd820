/** Decodes an original, once: upright, in sRGB, at the size that is asked for. Read `decode` as the list of what is put right. */
import sharp, { type Metadata, type Sharp } from "sharp";
import { corrupt, ImageRejected } from "../shared/errors.ts";
import { keepChannels, type Pixels, pixelsFrom } from "../shared/pixels.ts";
import type { Limits } from "../shared/settings.ts";
import type { Animation, Original } from "../shared/state.ts";
import { tiffLayout } from "../validate/tiff.ts";
import { isDamaged } from "./damage.ts";
import type { Size } from "./geometry.ts";

export interface Decoded {
  pixels: Pixels;
  animation: Animation | undefined;
}

/**
 * @param original what `validate` said of the file.
 * @throws ImageRejected (CORRUPT) when the pixels cannot be decoded to the end.
 */
export async function decode(
  bytes: Buffer,
  { format, frames }: Pick<Original, "format" | "frames">,
  size: Size,
  limits: Limits,
): Promise<Decoded> {
  const animated = frames > 1;
  const tiff = format === "tiff" ? tiffLayout(bytes) : undefined;
  const warnings: string[] = [];
  try {
    const source = sharp(bytes, {
      animated,
      // Of tiles, libvips tells no errors below this; of strips, it takes an unknown field for one.
      failOn: tiff?.tiled ? "warning" : "error",
      limitInputPixels: limits.maxPixels,
      limitInputChannels: MAX_CHANNELS,
    }).on("warning", (warning: string) => warnings.push(warning));
    const animation = animated ? animationFrom(await source.metadata(), frames) : undefined;
    const oriented = animated ? source : source.autoOrient();
    const resized = tiff?.hasExtraChannels
      ? (await withoutExtraChannels(oriented, tiff.hasAlpha)).resize({ ...size, fit: "fill" })
      : oriented.resize({ ...size, fit: "fill" });
    const raw = await inSrgb(resized).toBuffer({ resolveWithObject: true });
    if (isDamaged(warnings)) throw corrupt(new Error(warnings.join("\n")));
    return { pixels: pixelsFrom(raw, frames), animation };
  } catch (error) {
    if (error instanceof ImageRejected || isOurFault(error)) throw error;
    throw corrupt(error);
  }
}

/** libtiff's own limit is higher; nothing that people call a picture has more. */
const MAX_CHANNELS = 64;

const inSrgb = (image: Sharp) => image.toColourspace("srgb").raw({ depth: "uchar" });

/** At full size: a resize takes the last channel for transparency, and multiplies all others with it. */
async function withoutExtraChannels(image: Sharp, hasAlpha: boolean): Promise<Sharp> {
  const { data, info } = await inSrgb(image).toBuffer({ resolveWithObject: true });
  const channels = hasAlpha ? 4 : 3;
  return sharp(keepChannels(data, info.channels, channels), {
    raw: { width: info.width, height: info.height, channels },
  });
}

/** libvips tells by words alone whether the file or the machine gave out. */
function isOurFault(error: unknown): boolean {
  return (
    error instanceof Error && /out of memory|unable to allocate|thread|No space left/i.test(error.message)
  );
}

const DEFAULT_DELAY_MS = 100;

function animationFrom({ delay, loop }: Metadata, frames: number): Animation {
  const delaysMs = Array.from({ length: frames }, (_, frame) => delay?.[frame] ?? DEFAULT_DELAY_MS);
  return { delaysMs, loop: loop ?? 0 };
}
