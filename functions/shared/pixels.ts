/** Decoded images, as they pass between the steps that work on pixels. */
import { setFlagsFromString } from "node:v8";
import sharp, { type OutputInfo, type Sharp } from "sharp";

/**
 * V8 collects garbage when buffers have come to about what its own heap has, which is little here: two or three times an image,
 * some 35 ms of CPU in all. They may come to four times as much, some 60 MB: most images pass without.
 */
setFlagsFromString("--heap-growing-percent=400");

/** What pixels there are. */
export interface Shape {
  width: number;
  /** Of one frame. */
  height: number;
  channels: 3 | 4;
  frames: number;
}

/** Raw 8-bit sRGB samples; alpha, if there is one, not premultiplied. Frames lie below one another. */
export interface Pixels extends Shape {
  data: Buffer;
}

/** Of its pixels. */
export function bytesIn({ width, height, channels, frames }: Shape): number {
  return width * height * channels * frames;
}

/** All frames, for sharp: `pageHeight` tells it where one ends. */
export function allFrames({ data, width, height, channels, frames }: Pixels, bits: 8 | 16 = 8): Sharp {
  const pageHeight = frames > 1 ? { pageHeight: height } : {};
  return sharp(inBits(data, bits), { raw: { width, height: height * frames, channels, ...pageHeight } });
}

/** Each frame for itself, for sharp. */
export function framesOf(pixels: Pixels): Sharp[] {
  return Array.from({ length: pixels.frames }, (_, index) => frameAt(pixels, index));
}

/** @param bits of what sharp is to work on. */
export function firstFrame(pixels: Pixels, bits: 8 | 16 = 8): Sharp {
  return frameAt(pixels, 0, bits);
}

function frameAt({ data, width, height, channels }: Pixels, index: number, bits: 8 | 16 = 8): Sharp {
  const bytes = width * height * channels;
  const samples = data.subarray(index * bytes, (index + 1) * bytes);
  return sharp(inBits(samples, bits), { raw: { width, height, channels } });
}

function inBits(samples: Buffer, bits: 8 | 16): Buffer | Uint16Array {
  if (bits === 8) return samples;
  // `Uint16Array.from` would list all samples first, at twenty times the memory.
  const deep = new Uint16Array(samples.length);
  for (let at = 0; at < samples.length; at++) deep[at] = (samples[at] ?? 0) * 257;
  return deep;
}

/** All frames as one high picture, for what looks at each pixel for itself. */
export function allAsOne({ data, width, height, channels, frames }: Pixels): Sharp {
  return sharp(data, { raw: { width, height: height * frames, channels } });
}

/** Changes images one after the other, and puts them below one another: `frames` frames in all. */
export async function joined(
  images: Sharp[],
  frames: number,
  change: (image: Sharp) => Sharp,
): Promise<Pixels> {
  const changed: { data: Buffer; info: OutputInfo }[] = [];
  for (const image of images)
    changed.push(await change(image).raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true }));
  const [first] = changed;
  if (first === undefined) throw new Error("There is no frame.");
  const data = changed.length === 1 ? first.data : Buffer.concat(changed.map((each) => each.data));
  const height = first.info.height * changed.length;
  return pixelsFrom({ data, info: { ...first.info, height } }, frames);
}

/** Samples that sharp gave, of `frames` frames. */
export function pixelsFrom({ data, info }: { data: Buffer; info: OutputInfo }, frames: number): Pixels {
  const { width, height, channels } = info;
  if (channels !== 3 && channels !== 4)
    throw new Error(`Expected RGB or RGBA samples, got ${channels} channels.`);
  return { data, width, height: height / frames, channels, frames };
}
