/** Whether the numbers of a picture are Display P3's, as phones write them: by its ICC profile, or by numbers (CICP). */
import type { Metadata } from "sharp";
import type { Cicp } from "../validate/cicp.ts";

export const DISPLAY_P3: Cicp = { primaries: 12, transfer: 13, matrix: 0 };

/** @param cicp counts where there is no profile. */
export function isInDisplayP3(
  { space, icc }: Pick<Metadata, "space" | "icc">,
  cicp: Cicp | undefined,
): boolean {
  if (space !== "srgb" && space !== "rgb16") return false;
  return icc === undefined ? isP3ByNumbers(cicp) : isDisplayP3(icc);
}

/** sRGB's curve, or BT.709's, which everyone shows as that. */
function isP3ByNumbers(cicp: Cicp | undefined): boolean {
  return cicp?.primaries === DISPLAY_P3.primaries && [1, 6, 13, 14, 15].includes(cicp.transfer);
}

/** @returns false for a profile that cannot be read, too. */
export function isDisplayP3(icc: Buffer | undefined): boolean {
  if (icc === undefined || icc.length < 132 || icc.toString("latin1", 16, 20) !== "RGB ") return false;
  const tags = tagsOf(icc);
  return (
    COLOURS.every(({ colourant, xyz }) => isNear(xyzIn(tags.get(colourant)), xyz, 0.003)) &&
    COLOURS.every(({ curve }) => {
      const decoded = SAMPLED_AT.map((value) => valueOn(tags.get(curve), value));
      return isNear(decoded, SAMPLED_AT.map(srgbToLinear), 0.005);
    })
  );
}

/** Colourants as profiles have them, adapted to D50: https://www.color.org/chardata/rgb/DisplayP3.xalter */
const COLOURS = [
  { colourant: "rXYZ", curve: "rTRC", xyz: [0.5151, 0.2412, -0.0011] },
  { colourant: "gXYZ", curve: "gTRC", xyz: [0.292, 0.6922, 0.0419] },
  { colourant: "bXYZ", curve: "bTRC", xyz: [0.1571, 0.0666, 0.7841] },
];
const SAMPLED_AT = [0.03, 0.2, 0.5, 0.8];
const srgbToLinear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

function isNear(values: number[] | undefined, expected: number[], tolerance: number): boolean {
  return (
    values !== undefined &&
    expected.every((value, index) => Math.abs((values[index] ?? Number.NaN) - value) <= tolerance)
  );
}

const MAX_TAGS = 100;

/** ICC.1:2022, 7.3 */
function tagsOf(icc: Buffer): Map<string, Buffer> {
  const tags = new Map<string, Buffer>();
  const count = Math.min(icc.readUInt32BE(128), MAX_TAGS);
  for (let at = 132; at + 12 <= Math.min(icc.length, 132 + count * 12); at += 12) {
    const offset = icc.readUInt32BE(at + 4);
    tags.set(icc.toString("latin1", at, at + 4), icc.subarray(offset, offset + icc.readUInt32BE(at + 8)));
  }
  return tags;
}

const fixed = (tag: Buffer, at: number) => tag.readInt32BE(at) / 65_536;

function xyzIn(tag: Buffer | undefined): number[] | undefined {
  return tag && tag.length >= 20 ? [fixed(tag, 8), fixed(tag, 12), fixed(tag, 16)] : undefined;
}

/** ICC.1:2022, 10.6 and 10.18. */
function valueOn(tag: Buffer | undefined, value: number): number {
  if (tag === undefined || tag.length < 14) return Number.NaN;
  const type = tag.toString("latin1", 0, 4);
  if (type === "curv") {
    const count = tag.readUInt32BE(8);
    if (count === 1) return value ** (tag.readUInt16BE(12) / 256);
    const at = 12 + 2 * Math.round(value * (count - 1));
    return count > 1 && at + 2 <= tag.length ? tag.readUInt16BE(at) / 65_535 : Number.NaN;
  }
  // Other functions are gammas alone, or start elsewhere than sRGB's does.
  if (type !== "para" || tag.readUInt16BE(8) !== 3 || tag.length < 32) return Number.NaN;
  const [gamma = 0, a = 0, b = 0, c = 0, d = 0] = [12, 16, 20, 24, 28].map((at) => fixed(tag, at));
  return value >= d ? (a * value + b) ** gamma : c * value;
}
