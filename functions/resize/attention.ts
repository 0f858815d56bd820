/**
 * Where a picture is cropped so that what people look at stays in: faces first, then detail and strong colours. A crop that fills a box
 * moves along one side only, so what counts is how much of that there is in each row, or in each column.
 */
import type { Place, Size } from "./geometry.ts";
import type { Small } from "./placeholder.ts";

/**
 * libvips's own "attention" looks for one point and takes an orange suit for skin; it crops the sample astronaut's head off as soon as the
 * picture is upright.
 * @returns where to begin, in pixels of `picture`.
 */
export function cropByAttention(small: Small, picture: Size, crop: Size): Place {
  const { width, height } = small;
  const interest = interestIn(small);
  const sums = (length: number, indexOf: (at: number) => number) => {
    const along = new Float64Array(length);
    interest.forEach((value, at) => {
      along[indexOf(at)] = (along[indexOf(at)] ?? 0) + value;
    });
    return along;
  };
  return {
    left: bestOffset(
      sums(width, (at) => at % width),
      crop.width / picture.width,
      picture.width - crop.width,
      (middle) => 1 - LOST_TO_SIDES * Math.abs(2 * middle - 1),
    ),
    top: bestOffset(
      sums(height, (at) => Math.floor(at / width)),
      crop.height / picture.height,
      picture.height - crop.height,
      (middle) => 1 - LOST_TO_BOTTOM * middle,
    ),
  };
}

/** Heads are up: a crop at the bottom is worth this much less. */
const LOST_TO_BOTTOM = 0.25;
/** Subjects are rather in the middle than at a side. */
const LOST_TO_SIDES = 0.3;
/** What is at the edge of a crop is half outside, and counts this much less. */
const LOST_TO_EDGE = 0.9;

/**
 * @param share of the side that the crop has.
 * @param most the largest offset.
 * @param worthAt how likely subjects are there, with the crop's middle from 0 to 1.
 */
function bestOffset(
  sums: Float64Array,
  share: number,
  most: number,
  worthAt: (middle: number) => number,
): number {
  if (most <= 0) return 0;
  const length = Math.max(1, Math.round(sums.length * share));
  let best = { offset: 0, worth: Number.NEGATIVE_INFINITY };
  for (let offset = 0; offset + length <= sums.length; offset++) {
    let worth = 0;
    for (let index = 0; index < length; index++) {
      const fromMiddle = (2 * (index + 0.5)) / length - 1;
      worth += (sums[offset + index] ?? 0) * (1 - LOST_TO_EDGE * fromMiddle ** 2);
    }
    worth *= worthAt((offset + length / 2) / sums.length);
    // Of crops that are worth the same, as those of a plain picture are, the middle one.
    const isBetter = worth > best.worth * (1 + 1e-9);
    const isAsGood = worth >= best.worth * (1 - 1e-9) && offset * 2 + length <= sums.length;
    if (isBetter || isAsGood) best = { offset, worth };
  }
  return Math.min(most, Math.round((best.offset / Math.max(1, sums.length - length)) * most));
}

/** How much each counts. */
const SKIN = 1.8;
const DETAIL = 0.6;
const SATURATION = 0.1;
/** Where more of a picture has the colour of skin, it is wood, or fur, and counts for nothing. */
const MOST_SKIN = 0.2;

/** Of each pixel. */
function interestIn({ data, width, height }: Small): Float64Array {
  const luma = new Float64Array(width * height);
  const skin = new Float64Array(width * height);
  const interest = new Float64Array(width * height);
  const samplesAt = (at: number): [number, number, number] => [
    data[at * 4] ?? 0,
    data[at * 4 + 1] ?? 0,
    data[at * 4 + 2] ?? 0,
  ];
  for (let at = 0; at < luma.length; at++) {
    const [red, green, blue] = samplesAt(at);
    luma[at] = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    skin[at] = (luma[at] ?? 0) > DARK_SKIN ? likenessToSkin(red, green, blue) : 0;
  }
  const skinShare = skin.reduce((sum, value) => sum + value, 0) / skin.length;
  const skinWeight = SKIN * Math.max(0, 1 - skinShare / MOST_SKIN);
  const lumaAt = (x: number, y: number) =>
    luma[Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x))] ?? 0;
  for (let at = 0; at < luma.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const around = lumaAt(x - 1, y) + lumaAt(x + 1, y) + lumaAt(x, y - 1) + lumaAt(x, y + 1);
    const detail = Math.min(1, Math.abs(4 * (luma[at] ?? 0) - around) / 255);
    const seen = skinWeight * (skin[at] ?? 0) + DETAIL * detail + SATURATION * strengthOf(...samplesAt(at));
    interest[at] = (seen * (data[at * 4 + 3] ?? 255)) / 255;
  }
  return interest;
}

const DARK_SKIN = 51;

/** From 0 to 1. By hue, which is much the same of all people; the colour is that of https://github.com/jwagner/smartcrop.js */
function likenessToSkin(red: number, green: number, blue: number): number {
  const length = Math.hypot(red, green, blue) || 1;
  const distance = Math.hypot(red / length - 0.78, green / length - 0.57, blue / length - 0.44);
  return Math.max(0, (0.2 - distance) / 0.2);
}

/** From 0 to 1: by saturation, of what is neither nearly black nor nearly white. */
function strengthOf(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue) / 255;
  const least = Math.min(red, green, blue) / 255;
  const lightness = (most + least) / 2;
  if (lightness < 0.05 || lightness > 0.9) return 0;
  const saturation = (most - least) / (1 - Math.abs(2 * lightness - 1));
  return Math.max(0, (saturation - 0.4) / 0.6);
}
