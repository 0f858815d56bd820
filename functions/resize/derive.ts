/**
 * All variants of an image from one decoding of it. Read `derive` as the list of what happens to the pixels.
 */
import sharp, { type Metadata } from "sharp";
import { corrupt } from "../shared/errors.ts";
import { framesOf, type Pixels, pixelsFrom } from "../shared/pixels.ts";
import type { Limits, Variant } from "../shared/settings.ts";
import type { Animation, Original } from "../shared/state.ts";
import { blockUntrustedLoaders } from "../shared/untrusted.ts";
import { masterSize, type Size, variantBox } from "./geometry.ts";
import { makePlaceholder } from "./placeholder.ts";

blockUntrustedLoaders();

export interface DerivedVariant {
  name: string;
  /** The same object for variants that come out the same, as those larger than the original do. */
  pixels: Pixels;
}

export interface Derived {
  variants: DerivedVariant[];
  animation?: Animation;
  thumbhash: string;
  dominantColour: string;
}

/**
 * @param original what `validate` said of the file.
 * @throws ImageRejected (CORRUPT) when the pixels cannot be decoded to the end.
 */
export async function derive(
  bytes: Buffer,
  original: Pick<Original, "width" | "height" | "frames">,
  variants: Variant[],
  limits: Limits,
): Promise<Derived> {
  const boxes = variants.map((variant) => ({ ...variant, ...variantBox(original, variant) }));
  const { master, animation } = await decode(bytes, original, masterSize(original, variants), limits);
  const derived: DerivedVariant[] = [];
  const made = new Map<string, Pixels>();
  for (const box of boxes) {
    const kind = `${box.width}x${box.height} ${box.fit}`;
    const pixels = made.get(kind) ?? (await shrink(master, box));
    made.set(kind, pixels);
    derived.push({ name: box.name, pixels });
  }
  const { thumbhash, dominantColour } = await makePlaceholder(master);
  return { variants: derived, ...(animation && { animation }), thumbhash, dominantColour };
}

/** Decodes once, shrinking on load where the format can; upright, in sRGB, at the size the largest variant needs. */
async function decode(
  bytes: Buffer,
  { frames }: Pick<Original, "frames">,
  size: Size,
  limits: Limits,
): Promise<{ master: Pixels; animation: Animation | undefined }> {
  const animated = frames > 1;
  try {
    const source = sharp(bytes, { animated, failOn: "error", limitInputPixels: limits.maxPixels });
    const animation = animated ? animationFrom(await source.metadata(), frames) : undefined;
    const oriented = animated ? source : source.autoOrient();
    const raw = await oriented
      .resize({ ...size, fit: "fill" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { master: pixelsFrom(raw, frames), animation };
  } catch (error) {
    if (isOurFault(error)) throw error;
    throw corrupt(error);
  }
}

/** libvips tells by words alone whether the file or the machine gave out. */
function isOurFault(error: unknown): boolean {
  return (
    error instanceof Error && /out of memory|unable to allocate|thread|No space left/i.test(error.message)
  );
}

/** Frame by frame, so that neighbours in the stack of frames do not bleed into each other. */
async function shrink(master: Pixels, box: Size & Pick<Variant, "fit">): Promise<Pixels> {
  if (master.width === box.width && master.height === box.height) return master;
  const fit = box.fit === "cover" ? "cover" : "fill";
  const frames: Buffer[] = [];
  for (const frame of framesOf(master))
    frames.push(await frame.resize({ width: box.width, height: box.height, fit }).raw().toBuffer());
  const [only] = frames;
  const data = frames.length === 1 && only ? only : Buffer.concat(frames);
  return { ...master, data, width: box.width, height: box.height };
}

const DEFAULT_DELAY_MS = 100;

function animationFrom({ delay, loop }: Metadata, frames: number): Animation {
  const delaysMs = Array.from({ length: frames }, (_, frame) => delay?.[frame] ?? DEFAULT_DELAY_MS);
  return { delaysMs, loop: loop ?? 0 };
}
