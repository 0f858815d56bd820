/** What a page shows while the image loads. */
import sharp from "sharp";
import { rgbaToThumbHash } from "thumbhash";
import { firstFrame, type Pixels } from "../shared/pixels.ts";

/** ThumbHash takes at most 100 x 100 pixels. */
const MAX_SIDE = 100;

/** @returns the ThumbHash in base64 and the dominant colour as `#rrggbb`, both of the first frame. */
export async function placeholderOf(image: Pixels): Promise<{ thumbhash: string; dominantColour: string }> {
  const { data, info } = await firstFrame(image)
    .resize(MAX_SIDE, MAX_SIDE, { fit: "inside", withoutEnlargement: true, kernel: "linear" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { dominant } = await sharp(data, {
    raw: { width: info.width, height: info.height, channels: 4 },
  }).stats();
  return {
    thumbhash: Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString("base64"),
    dominantColour: `#${[dominant.r, dominant.g, dominant.b].map(toHexByte).join("")}`,
  };
}

function toHexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
