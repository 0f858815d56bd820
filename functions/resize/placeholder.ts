/** What a page shows while the image loads. */
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
  return {
    thumbhash: Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString("base64"),
    dominantColour: `#${dominantColourOf(data).map(toHexByte).join("")}`,
  };
}

/** The mean of the most frequent of 4,096 groups of similar colours; what is mostly transparent does not count. */
function dominantColourOf(rgba: Buffer): number[] {
  const groups = new Map<number, { count: number; sum: [number, number, number] }>();
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4);
    if (alpha < 128) continue;
    const key = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4);
    const group = groups.get(key) ?? { count: 0, sum: [0, 0, 0] };
    group.count += 1;
    group.sum[0] += red;
    group.sum[1] += green;
    group.sum[2] += blue;
    groups.set(key, group);
  }
  const [most] = [...groups.values()].sort((a, b) => b.count - a.count);
  return most === undefined ? WHITE : most.sum.map((sum) => Math.round(sum / most.count));
}

/** Of a picture that is transparent all over: what it is usually shown on. */
const WHITE = [255, 255, 255];

function toHexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
