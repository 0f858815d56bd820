/** PNG that is smaller than the usual one, and shows the same: of few colours, of grey alone, or packed with more effort. */
import sharp, { type Sharp } from "sharp";
import { firstFrame, type Pixels } from "../shared/pixels.ts";
import { withCarried } from "./carried.ts";
import type { Canvas } from "./encoders.ts";

/** @returns the first that is small enough; else the smallest. */
export async function smallerPng(
  { pixels, carried }: Canvas,
  usual: Buffer,
  maxBytes: number,
): Promise<Buffer> {
  let smallest = usual;
  for (const write of waysOf(pixels, carried.colourSpace !== undefined)) {
    const file = await write(
      withCarried(firstFrame(pixels, carried.colourSpace ? 16 : 8), carried),
    ).toBuffer();
    if (file.length < smallest.length && (carried.colourSpace || (await isSame(file, pixels))))
      smallest = file;
    if (smallest.length <= maxBytes) break;
  }
  return smallest;
}

const PACKED = { compressionLevel: 9 };

function waysOf(pixels: Pixels, isDisplayP3: boolean): ((image: Sharp) => Sharp)[] {
  // The quantizer keeps colours that are few enough, mostly; whether it did is looked at.
  const ofFewColours = (image: Sharp) =>
    image.png({ ...PACKED, palette: true, quality: 100, effort: 10, dither: 0 });
  const ofGrey = (image: Sharp) => image.extractChannel(0).png(PACKED);
  return [
    ...(!isDisplayP3 && hasFewColours(pixels) ? [ofFewColours] : []),
    ...(!isDisplayP3 && isGrey(pixels) ? [ofGrey] : []),
    (image) => image.png(PACKED),
    (image) => image.png({ ...PACKED, adaptiveFiltering: true }),
  ];
}

const MOST_COLOURS = 256;

function hasFewColours({ data, width, height, channels }: Pixels): boolean {
  const colours = new Set<number>();
  const end = width * height * channels;
  for (let at = 0; at < end && colours.size <= MOST_COLOURS; at += channels)
    colours.add(channels === 4 ? data.readUInt32BE(at) : data.readUIntBE(at, 3));
  return colours.size <= MOST_COLOURS;
}

function isGrey({ data, width, height, channels }: Pixels): boolean {
  if (channels === 4) return false;
  const end = width * height * channels;
  for (let at = 0; at < end; at += channels)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}

async function isSame(file: Buffer, { data, width, height, channels }: Pixels): Promise<boolean> {
  const decoded = sharp(file).toColourspace("srgb");
  const samples = await (channels === 4 ? decoded.ensureAlpha() : decoded.removeAlpha()).raw().toBuffer();
  return samples.equals(data.subarray(0, width * height * channels));
}
