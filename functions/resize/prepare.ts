/** What happens to a picture before it is resized: its border is taken away, and it is turned. */
import type { Focus } from "../shared/focus.ts";
import { firstFrame, framesOf, joined, type Pixels } from "../shared/pixels.ts";
import type { Variant } from "../shared/preset.ts";
import type { Size } from "./geometry.ts";
import { type Small, smallOf } from "./placeholder.ts";

export interface Picture {
  pixels: Pixels;
  small(): Promise<Small>;
  focus: Focus | undefined;
}

/** The part of a picture that is left without its border: fractions of its width and height. */
export interface Trim {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const WHOLE: Trim = { left: 0, top: 0, width: 1, height: 1 };

/** What a variant sees of a picture. */
export interface Frame {
  trim: Trim;
  rotate: Variant["rotate"];
}

export function frameOf({ trim, rotate }: Pick<Variant, "trim" | "rotate">, found: Trim): Frame {
  return { trim: trim ? found : WHOLE, rotate };
}

/** How large an original is that is seen so. */
export function sizeAfter(original: Size, { trim, rotate }: Frame): Size {
  const width = Math.max(1, Math.round(original.width * trim.width));
  const height = Math.max(1, Math.round(original.height * trim.height));
  return rotate === 90 || rotate === 270 ? { width: height, height: width } : { width, height };
}

/** Of the first frame: a border of the colour of its upper left corner, or of what is transparent. */
export async function trimOf(pixels: Pixels): Promise<Trim> {
  // Below three pixels sharp finds nothing to trim, and says so as an error.
  if (Math.min(pixels.width, pixels.height) < 3) return WHOLE;
  const { info } = await firstFrame(pixels)
    .trim({ threshold: TRIM_THRESHOLD })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { trimOffsetLeft = 0, trimOffsetTop = 0, width, height } = info;
  return {
    left: -trimOffsetLeft / pixels.width,
    top: -trimOffsetTop / pixels.height,
    width: width / pixels.width,
    height: height / pixels.height,
  };
}

/** What JPEG makes of a white border differs by less, of 255. */
const TRIM_THRESHOLD = 12;

export async function prepare(
  picture: Picture,
  { trim, rotate }: Frame,
  colourSpace: "display-p3" | undefined,
): Promise<Picture> {
  if (trim.width === 1 && trim.height === 1 && rotate === undefined) return picture;
  const { width, height, frames } = picture.pixels;
  const left = Math.min(width - 1, Math.round(trim.left * width));
  const top = Math.min(height - 1, Math.round(trim.top * height));
  const part = {
    left,
    top,
    width: Math.max(1, Math.min(width - left, Math.round(trim.width * width))),
    height: Math.max(1, Math.min(height - top, Math.round(trim.height * height))),
  };
  const pixels = await joined(framesOf(picture.pixels), frames, (frame) => {
    const trimmed = frame.extract(part);
    return rotate === undefined ? trimmed : trimmed.rotate(rotate);
  });
  let small: Promise<Small> | undefined;
  return {
    pixels,
    small: () => (small ??= smallOf(pixels, colourSpace)),
    focus: picture.focus && turned(within(picture.focus, trim), rotate),
  };
}

function within({ x, y }: Focus, trim: Trim): Focus {
  const part = (at: number, start: number, length: number) => Math.max(0, Math.min(1, (at - start) / length));
  return { x: part(x, trim.left, trim.width), y: part(y, trim.top, trim.height) };
}

function turned({ x, y }: Focus, rotate: Variant["rotate"]): Focus {
  switch (rotate) {
    case 90:
      return { x: 1 - y, y: x };
    case 180:
      return { x: 1 - x, y: 1 - y };
    case 270:
      return { x: y, y: 1 - x };
    default:
      return { x, y };
  }
}
