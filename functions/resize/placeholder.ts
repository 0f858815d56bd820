/** What a page shows while the image loads. */
import { rgbaToThumbHash } from "thumbhash";
import { firstFrame, type Pixels } from "../shared/pixels.ts";
import { dominantColour } from "./dominant-colour.ts";

/** ThumbHash takes at most 100 x 100 pixels. */
const MAX_SIDE = 100;

/** @returns the ThumbHash in base64 and the dominant colour as `#rrggbb`, both of the first frame. */
export async function makePlaceholder(image: Pixels): Promise<{ thumbhash: string; dominantColour: string }> {
  const { data, info } = await firstFrame(image)
    .resize(MAX_SIDE, MAX_SIDE, { fit: "inside", withoutEnlargement: true, kernel: "linear" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    thumbhash: Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString("base64"),
    dominantColour: dominantColour(data),
  };
}
