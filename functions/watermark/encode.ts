/** Raw pixels to files for the web. Nothing but pixels goes in, so no metadata of the original comes out. */
import { allFrames, firstFrame, type Pixels } from "../shared/pixels.ts";
import type { OutputFormat } from "../shared/settings.ts";
import type { Animation } from "../shared/state.ts";

/**
 * @param quality 1 to 100; without it, the encoder's own default (WebP and JPEG 80, AVIF 50, PNG lossless).
 * WebP keeps an animation; the other formats show its first frame. JPEG puts transparent pixels on white.
 */
export async function encode(
  canvas: Pixels,
  format: OutputFormat,
  quality: number | undefined,
  animation: Animation | undefined,
): Promise<Buffer> {
  const lossy = quality === undefined ? {} : { quality };
  switch (format) {
    case "webp":
      return allFrames(canvas)
        .webp({
          ...lossy,
          ...(animation && { delay: animation.delaysMs, loop: animation.loop, ...effortFor(canvas) }),
        })
        .toBuffer();
    case "jpeg":
      return firstFrame(canvas)
        .flatten({ background: "white" })
        .jpeg({ ...lossy, progressive: true })
        .toBuffer();
    case "avif":
      return firstFrame(canvas).avif(lossy).toBuffer();
    case "png":
      return firstFrame(canvas).png().toBuffer();
  }
}

/**
 * Of 100 megapixels of noise the default takes longer than a function has. This takes less than half of the time, for files of the
 * same size.
 */
function effortFor({ width, height, frames }: Pixels): { effort?: number } {
  return width * height * frames > MAX_PIXELS_AT_DEFAULT_EFFORT ? { effort: 1 } : {};
}

const MAX_PIXELS_AT_DEFAULT_EFFORT = 20_000_000;
