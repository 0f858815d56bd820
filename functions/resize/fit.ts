/** Brings a picture to a variant's size. */
import { framesOf, joined, type Pixels, type Shape } from "../shared/pixels.ts";
import type { Variant } from "../shared/preset.ts";
import { cover } from "./cover.ts";
import { isSameSize, type Size } from "./geometry.ts";
import type { Picture } from "./prepare.ts";

/** @param box of the picture itself: `contain` puts it into the variant's. */
export async function fitInto(
  picture: Picture,
  box: Size,
  {
    fit,
    position,
    background,
    width,
    height,
  }: Pick<Variant, "fit" | "position" | "background" | "width" | "height">,
): Promise<Pixels> {
  const { pixels, small, focus } = picture;
  if (fit === "contain") return contain(pixels, box, { width, height }, background);
  if (isSameSize(pixels, box)) return pixels;
  if (fit === "cover") return cover(pixels, box, { focus, position, small });
  return joined(framesOf(pixels), pixels.frames, (frame) => frame.resize({ ...box, fit: "fill" }));
}

/** What `fitInto` makes, before it does. @param picture in any size. */
export function shapeIn(
  picture: Pixels,
  box: Size,
  { fit, background, width, height }: Pick<Variant, "fit" | "background" | "width" | "height">,
): Shape {
  const { channels, frames } = picture;
  if (fit !== "contain") return { ...box, channels, frames };
  return { width, height, channels: background === "transparent" ? 4 : 3, frames };
}

/** In the middle of a box that is as large as it is asked to be, also around a picture that is not enlarged. */
async function contain(
  pixels: Pixels,
  { width, height }: Size,
  canvas: Size,
  background = "#ffffff",
): Promise<Pixels> {
  const [left, top] = [Math.floor((canvas.width - width) / 2), Math.floor((canvas.height - height) / 2)];
  const around = { left, top, right: canvas.width - width - left, bottom: canvas.height - height - top };
  const isTransparent = background === "transparent";
  return joined(framesOf(pixels), pixels.frames, (frame) => {
    const resized = frame.resize({ width, height, fit: "fill" });
    return isTransparent
      ? resized.ensureAlpha().extend({ ...around, background: { r: 0, g: 0, b: 0, alpha: 0 } })
      : resized.flatten({ background }).extend({ ...around, background });
  });
}
