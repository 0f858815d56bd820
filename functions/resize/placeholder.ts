/** What a page shows while the image loads. */
import { rgbaToThumbHash } from "thumbhash";
import { firstFrame, type Pixels } from "../shared/pixels.ts";
import type { Placeholder } from "../shared/state.ts";
import { toSrgb } from "./colour.ts";
import { DISPLAY_P3 } from "./display-p3.ts";
import { dominantColour } from "./dominant-colour.ts";

/** The first frame as RGBA, with at most 100 pixels a side: enough to tell what is where. */
export interface Small {
  data: Buffer;
  width: number;
  height: number;
}

/** ThumbHash takes at most 100 x 100 pixels. */
const MAX_SIDE = 100;

/** In sRGB, whatever the picture is in. */
export async function smallOf(image: Pixels, colourSpace: "display-p3" | undefined): Promise<Small> {
  const { data, info } = await firstFrame(image)
    .resize(MAX_SIDE, MAX_SIDE, { fit: "inside", withoutEnlargement: true, kernel: "linear" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const inSrgb = colourSpace
    ? toSrgb(
        Uint16Array.from(data, (sample) => sample * 257),
        4,
        DISPLAY_P3,
      )
    : data;
  return { data: inSrgb, width: info.width, height: info.height };
}

/** Its ThumbHash: https://evanw.github.io/thumbhash/ */
export function placeholderFrom({ data, width, height }: Small): Placeholder {
  return {
    thumbhash: Buffer.from(rgbaToThumbHash(width, height, data)).toString("base64"),
    dominantColour: dominantColour(data),
  };
}
