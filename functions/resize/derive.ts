/**
 * All variants of an image from one decoding of it. Read `derive` as the list of what happens to the pixels.
 */
import { ImageRejected } from "../shared/errors.ts";
import { bytesIn, type Pixels, type Shape } from "../shared/pixels.ts";
import type { Variant } from "../shared/preset.ts";
import type { Animation, Original, Placeholder } from "../shared/state.ts";
import { blockUntrustedLoaders } from "../shared/untrusted.ts";
import { adjust } from "./adjust.ts";
import { type Decoded, type DecodeLimits, decode } from "./decode.ts";
import { fitInto, shapeIn } from "./fit.ts";
import { isSameSize, masterSize, type Size, variantBox } from "./geometry.ts";
import { placeholderFrom, smallOf } from "./placeholder.ts";
import { frameOf, type Picture, prepare, sizeAfter, type Trim, trimOf, WHOLE } from "./prepare.ts";

blockUntrustedLoaders();

export interface DerivedVariant {
  name: string;
  /** The same object for variants that come out the same, as those larger than the original do. */
  canvas: Canvas;
}

/** What a variant will be, before it is. */
export interface Canvas extends Shape {
  /** They are made one after the other, in the order of the variants. */
  pixels: Promise<Pixels>;
}

export interface Derived {
  variants: DerivedVariant[];
  animation?: Animation;
  colourSpace?: "display-p3";
  placeholder: Promise<Placeholder>;
}

type Known = Pick<Original, "format" | "width" | "height" | "frames" | "focus">;

/**
 * @param original what `validate` said of the file.
 * @returns once it is decoded: what can be written is not to wait for what is still made.
 * @throws ImageRejected as `decode` does.
 */
export async function derive(
  bytes: Buffer,
  original: Known,
  variants: Variant[],
  limits: DecodeLimits,
): Promise<Derived> {
  for (const variant of variants) assertContainable(original.frames, variant, limits);
  const { decoded, trim } = await decodeFor(bytes, original, variants, limits);
  const { pixels: master, animation, colourSpace } = decoded;
  const small = smallOf(master, colourSpace);
  const whole: Picture = { pixels: master, small: () => small, focus: original.focus };
  const pictures = new Map<string, Promise<Picture>>();
  const canvases = new Map<string, Canvas>();
  let turn: Promise<unknown> = small;
  const derived = variants.map((variant) => {
    const frame = frameOf(variant, trim);
    const box = variantBox(sizeAfter(original, frame), variant);
    const kind = kindOf(variant, box, sizeAfter(master, frame));
    const shape = shapeIn(master, box, variant);
    const make = async () => {
      const picture = once(pictures, JSON.stringify(frame), () => prepare(whole, frame, colourSpace));
      const pixels = await adjust(await fitInto(await picture, box, variant), variant);
      if (pixels.data.length !== bytesIn(shape))
        throw new Error(`"${variant.name}" is not what it was to be.`);
      return pixels;
    };
    const canvas = once(canvases, kind, () => {
      const pixels = turn.then(make);
      turn = pixels;
      return { ...shape, pixels };
    });
    return { name: variant.name, canvas };
  });
  // Whoever writes them attends to each, later than it may fail.
  turn.catch(() => undefined);
  return {
    variants: derived,
    ...(animation && { animation }),
    ...(colourSpace && { colourSpace }),
    placeholder: small.then(placeholderFrom),
  };
}

/**
 * Every frame of a small animation becomes as large as the box of `contain`.
 * @throws ImageRejected (TOO_MANY_PIXELS)
 */
function assertContainable(
  frames: number,
  { name, fit, width, height }: Variant,
  { maxPixels }: DecodeLimits,
): void {
  const pixels = width * height * frames;
  if (fit !== "contain" || pixels <= maxPixels) return;
  const count = (value: number) => value.toLocaleString("en-US");
  throw new ImageRejected(
    "TOO_MANY_PIXELS",
    `In the size "${name}" the animation's ${count(frames)} frames would have ${count(pixels)} pixels; ` +
      `at most ${count(maxPixels)} are accepted. Make it shorter, or send a still picture.`,
  );
}

/** Most pixels that are decoded a second time for what is left of a picture without its border; variants come out smaller then. */
const MAX_PIXELS_OF_TRIMMED = 40_000_000;

/** At the size that the largest variant needs. How large that is of a picture without its border shows only in pixels: then it is decoded again. */
async function decodeFor(
  bytes: Buffer,
  original: Known,
  variants: Variant[],
  limits: DecodeLimits,
): Promise<{ decoded: Decoded; trim: Trim }> {
  const sizeFor = (trim: Trim) =>
    masterSize(
      original,
      variants.map((variant) => ({ ...variant, source: sizeAfter(original, frameOf(variant, trim)) })),
    );
  const size = sizeFor(WHOLE);
  const decoded = await decode(bytes, original, size, limits);
  if (!variants.some(({ trim }) => trim)) return { decoded, trim: WHOLE };
  const trim = await trimOf(decoded.pixels);
  const wanted = withAtMost(MAX_PIXELS_OF_TRIMMED / original.frames, sizeFor(trim));
  if (wanted.width <= size.width) return { decoded, trim };
  return { decoded: await decode(bytes, original, wanted, limits), trim };
}

function withAtMost(pixels: number, { width, height }: Size): Size {
  const scale = Math.min(1, Math.sqrt(pixels / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** @param seen of the picture, as large as it was decoded. */
function kindOf(variant: Variant, box: Size, seen: Size): string {
  const { trim, rotate, fit, position, background, normalise, modulate, greyscale, blur, sharpen } = variant;
  const canvas = fit === "contain" ? [variant.width, variant.height, background] : [];
  const crop = fit === "cover" && !isSameSize(box, seen) ? position : "";
  return JSON.stringify([box, canvas, crop, trim, rotate, normalise, modulate, greyscale, blur, sharpen]);
}

function once<Value>(made: Map<string, Value>, key: string, make: () => Value): Value {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}
