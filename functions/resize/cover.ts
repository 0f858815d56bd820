/** Fills a box with a picture, and crops what hangs over: around the focus, where there is one. */
import type { Sharp } from "sharp";
import type { Focus } from "../shared/focus.ts";
import { framesOf, joined, type Pixels } from "../shared/pixels.ts";
import type { Variant } from "../shared/preset.ts";
import { cropByAttention } from "./attention.ts";
import { coveringSize, cropAround, type Place, type Size } from "./geometry.ts";
import type { Small } from "./placeholder.ts";

/** Where to look. */
export interface Look {
  focus: Focus | undefined;
  position: Variant["position"];
  small(): Promise<Small>;
}

/** All frames are cropped alike, as the first one asks for. */
export async function cover(picture: Pixels, box: Size, look: Look): Promise<Pixels> {
  const size = coveringSize(picture, box);
  const frames = framesOf(picture);
  const place = await placeOf(frames[0], size, box, look);
  return joined(frames, picture.frames, (frame) =>
    frame.resize({ ...size, fit: "fill" }).extract({ ...place, ...box }),
  );
}

async function placeOf(
  frame: Sharp | undefined,
  size: Size,
  box: Size,
  { focus, position = "centre", small }: Look,
): Promise<Place> {
  if (focus !== undefined) return cropAround(focus, size, box);
  switch (position) {
    case "centre":
      return cropAround({ x: 0.5, y: 0.5 }, size, box);
    case "attention":
      return cropByAttention(await small(), size, box);
    case "entropy": {
      if (frame === undefined) throw new Error("There is no frame to crop.");
      const resized = frame.clone().resize({ ...box, fit: "cover", position });
      const { info } = await resized.raw().toBuffer({ resolveWithObject: true });
      return {
        left: Math.min(size.width - box.width, Math.abs(info.cropOffsetLeft ?? 0)),
        top: Math.min(size.height - box.height, Math.abs(info.cropOffsetTop ?? 0)),
      };
    }
  }
}
