/** What happens to a picture after it is resized: light and colour first, edges after them. */
import { allAsOne, framesOf, joined, type Pixels } from "../shared/pixels.ts";
import type { Variant } from "../shared/preset.ts";

type Adjustments = Pick<Variant, "normalise" | "modulate" | "greyscale" | "blur" | "sharpen">;

export async function adjust(pixels: Pixels, adjustments: Adjustments): Promise<Pixels> {
  return refocus(await recolour(pixels, adjustments), adjustments);
}

/** All frames together, so that an animation does not flicker. */
async function recolour(pixels: Pixels, { normalise, modulate, greyscale }: Adjustments): Promise<Pixels> {
  const steps: ((strip: Pixels) => Promise<Pixels>)[] = [
    ...(normalise ? [(strip: Pixels) => changed(strip, (image) => image.normalise())] : []),
    ...(modulate ? [(strip: Pixels) => changed(strip, (image) => image.modulate(given(modulate)))] : []),
    ...(greyscale ? [(strip: Pixels) => changed(strip, (image) => image.modulate({ saturation: 0 }))] : []),
  ];
  let adjusted = pixels;
  for (const step of steps) adjusted = await step(adjusted);
  return adjusted;
}

function changed(
  pixels: Pixels,
  change: (image: ReturnType<typeof allAsOne>) => ReturnType<typeof allAsOne>,
) {
  return joined([allAsOne(pixels)], pixels.frames, change);
}

/** sharp takes what is there, and no undefined. */
function given(modulate: NonNullable<Variant["modulate"]>) {
  return Object.fromEntries(Object.entries(modulate).filter(([, value]) => value !== undefined));
}

/** Frame by frame, so that neighbours in the stack of frames do not bleed into each other. */
async function refocus(pixels: Pixels, { blur, sharpen }: Adjustments): Promise<Pixels> {
  if (blur === undefined && sharpen === undefined) return pixels;
  return joined(framesOf(pixels), pixels.frames, (frame) => {
    const blurred = blur === undefined ? frame : frame.blur(blur);
    return sharpen === undefined ? blurred : blurred.sharpen({ sigma: sharpen });
  });
}
