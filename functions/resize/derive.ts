/**
 * All variants of an image from one decoding of it. Read `derive` as the list of what happens to the pixels.
 */
import { framesOf, type Pixels } from "../shared/pixels.ts";
import type { Variant } from "../shared/settings.ts";
import type { Animation, Original } from "../shared/state.ts";
import { blockUntrustedLoaders } from "../shared/untrusted.ts";
import { type DecodeLimits, decode } from "./decode.ts";
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
 * @throws ImageRejected as `decode` does.
 */
export async function derive(
  bytes: Buffer,
  original: Pick<Original, "format" | "width" | "height" | "frames">,
  variants: Variant[],
  limits: DecodeLimits,
): Promise<Derived> {
  const boxes = variants.map((variant) => ({ ...variant, ...variantBox(original, variant) }));
  const size = masterSize(original, variants);
  const { pixels: master, animation } = await decode(bytes, original, size, limits);
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
