/** How large things become. Pixels throughout; nothing is ever enlarged. */
import type { Focus } from "../shared/focus.ts";
import type { Variant } from "../shared/preset.ts";

export interface Size {
  width: number;
  height: number;
}

export function isSameSize(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

type Box = Pick<Variant, "width" | "height" | "fit">;

/** The exact size of a variant of an original; of `contain`, that of the picture in it. */
export function variantBox(original: Size, variant: Box): Size {
  if (variant.fit !== "cover") return scaled(original, scaleFor(original, variant));
  // A box that the original cannot fill shrinks, and keeps its shape.
  const shrink = Math.min(1, original.width / variant.width, original.height / variant.height);
  return scaled(variant, shrink);
}

/**
 * The smallest size of an original that every variant can be made from without enlarging.
 * @param variants with `source`: how large the part of the original is that the variant shows.
 */
export function masterSize(original: Size, variants: (Box & { source?: Size })[]): Size {
  return scaled(
    original,
    Math.max(...variants.map(({ source = original, ...variant }) => scaleFor(source, variant))),
  );
}

export interface Place {
  left: number;
  top: number;
}

/** The smallest size of a picture that fills a box, and keeps its aspect. */
export function coveringSize(picture: Size, box: Size): Size {
  const { width, height } = scaled(picture, Math.max(box.width / picture.width, box.height / picture.height));
  return { width: Math.max(width, box.width), height: Math.max(height, box.height) };
}

/** Where a crop begins that has the focus as near to its middle as the picture allows. */
export function cropAround(focus: Focus, picture: Size, crop: Size): Place {
  const along = (at: number, side: number, cropSide: number) =>
    Math.max(0, Math.min(side - cropSide, Math.round(at * side - cropSide / 2)));
  return {
    left: along(focus.x, picture.width, crop.width),
    top: along(focus.y, picture.height, crop.height),
  };
}

function scaleFor(original: Size, { width, height, fit }: Box): number {
  const scales = [width / original.width, height / original.height];
  return Math.min(1, fit === "cover" ? Math.max(...scales) : Math.min(...scales));
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
