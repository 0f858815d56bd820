/**
 * All variants of an image from one decoding of it. Read `derive` as the list of what happens to the pixels.
 */
import type { Focus } from "../shared/focus.ts";
import { framesOf, type Pixels } from "../shared/pixels.ts";
import type { Variant } from "../shared/settings.ts";
import type { Animation, Original } from "../shared/state.ts";
import { blockUntrustedLoaders } from "../shared/untrusted.ts";
import { cover } from "./cover.ts";
import { type DecodeLimits, decode } from "./decode.ts";
import { masterSize, type Size, variantBox } from "./geometry.ts";
import { placeholderFrom, type Small, smallOf } from "./placeholder.ts";

blockUntrustedLoaders();

export interface DerivedVariant {
  name: string;
  /** The same object for variants that come out the same, as those larger than the original do. */
  pixels: Pixels;
}

export interface Derived {
  variants: DerivedVariant[];
  animation?: Animation;
  colourSpace?: "display-p3";
  thumbhash: string;
  dominantColour: string;
}

/**
 * @param original what `validate` said of the file.
 * @throws ImageRejected as `decode` does.
 */
export async function derive(
  bytes: Buffer,
  original: Pick<Original, "format" | "width" | "height" | "frames" | "focus">,
  variants: Variant[],
  limits: DecodeLimits,
): Promise<Derived> {
  const boxes = variants.map((variant) => ({ ...variant, ...variantBox(original, variant) }));
  const size = masterSize(original, variants);
  const { pixels: master, animation, colourSpace } = await decode(bytes, original, size, limits);
  const small = await smallOf(master, colourSpace);
  const derived: DerivedVariant[] = [];
  const made = new Map<string, Pixels>();
  for (const box of boxes) {
    const kind = `${box.width}x${box.height} ${box.fit === "cover" ? box.position : ""}`;
    const pixels = made.get(kind) ?? (await shrink(master, box, { small, focus: original.focus }));
    made.set(kind, pixels);
    derived.push({ name: box.name, pixels });
  }
  return {
    variants: derived,
    ...(animation && { animation }),
    ...(colourSpace && { colourSpace }),
    ...placeholderFrom(small),
  };
}

async function shrink(
  master: Pixels,
  box: Size & Pick<Variant, "fit" | "position">,
  look: { small: Small; focus: Focus | undefined },
): Promise<Pixels> {
  const { width, height, fit, position } = box;
  if (master.width === width && master.height === height) return master;
  const data =
    fit === "cover"
      ? await cover(master, { width, height }, { ...look, position })
      : await squeeze(master, { width, height });
  return { ...master, data, width, height };
}

/** Frame by frame, so that neighbours in the stack of frames do not bleed into each other. */
async function squeeze(master: Pixels, size: Size): Promise<Buffer> {
  const frames: Buffer[] = [];
  for (const frame of framesOf(master))
    frames.push(
      await frame
        .resize({ ...size, fit: "fill" })
        .raw()
        .toBuffer(),
    );
  const [only] = frames;
  return frames.length === 1 && only ? only : Buffer.concat(frames);
}
