/** What a page shows while the image loads. */
import sharp from "sharp";
import { rgbaToThumbHash } from "thumbhash";
import { firstFrame, type Pixels } from "../shared/pixels.ts";

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
    dominantColour: await dominantColour(data),
  };
}

/** The most frequent of 4,096 groups of similar colours, by its middle; what is mostly transparent does not count. */
async function dominantColour(rgba: Buffer): Promise<string> {
  const seen: number[] = [];
  for (let at = 0; at < rgba.length; at += 4)
    if ((rgba[at + 3] ?? 0) >= 128) seen.push(...rgba.subarray(at, at + 3));
  // A picture that is transparent all over has the colour of what it is usually shown on.
  if (seen.length === 0) return "#ffffff";
  const raw = { width: seen.length / 3, height: 1, channels: 3 } as const;
  const { dominant } = await sharp(Buffer.from(seen), { raw }).stats();
  return `#${[dominant.r, dominant.g, dominant.b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
