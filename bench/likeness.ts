/** What encoders need for the same likeness: of each, the file of the lowest quality that comes to the similarity that `auto` aims at. */
import sharp, { type Sharp } from "sharp";
import type { Pixels } from "../functions/shared/pixels.ts";
import { TARGET_SIMILARITY } from "../functions/watermark/auto-quality.ts";
import { encode } from "../functions/watermark/encode.ts";
import { lumaOf, similarity } from "../functions/watermark/similarity.ts";
import { samplePath } from "./photographs.ts";

/** Real photographs, in the size they have. */
export const LIKENESS_SAMPLES = [
  "astronaut.png",
  "chelsea.png",
  "coffee.png",
  "hubble_deep_field.jpg",
  "rocket.jpg",
];

const ENCODERS: Record<string, (image: Sharp, quality: number) => Sharp> = {
  "JPEG, sharp's default (libjpeg-turbo)": (image, quality) => image.jpeg({ quality }),
  "JPEG, ours (progressive)": (image, quality) => image.jpeg({ quality, progressive: true }),
  "JPEG, `best` (mozjpeg)": (image, quality) => image.jpeg({ quality, mozjpeg: true }),
  "WebP, ours and sharp's default (libwebp, method 4)": (image, quality) => image.webp({ quality }),
  "WebP, `best` (method 6)": (image, quality) => image.webp({ quality, effort: 6 }),
  "AVIF, ours (libaom, effort 4)": (image, quality) => image.avif({ quality }),
  "AVIF, `best` (effort 6)": (image, quality) => image.avif({ quality, effort: 6 }),
};

export interface Needed {
  encoder: string;
  /** Of each sample. */
  bytes: number[];
  /** Of all samples together, encoded once, at that quality. */
  cpuMs: number;
}

export async function measureLikeness(): Promise<Needed[]> {
  sharp.concurrency(1);
  sharp.cache(false);
  const photographs = await Promise.all(LIKENESS_SAMPLES.map(readSample));
  const needed: Needed[] = [];
  for (const [encoder, encodeAt] of Object.entries(ENCODERS)) {
    const bytes: number[] = [];
    let cpuMs = 0;
    for (const pixels of photographs) {
      const at = (quality: number) => encodeAt(imageOf(pixels), quality).toBuffer();
      const quality = await lowest(at, pixels);
      const before = process.cpuUsage();
      bytes.push((await at(quality)).length);
      cpuMs += cpuSince(before);
    }
    needed.push({ encoder, bytes, cpuMs });
  }
  return needed;
}

interface Auto {
  format: string;
  fixed: Needed;
  auto: Needed;
  /** That auto came to, of each sample. */
  likeness: number[];
}

/** `quality: "auto"` against the quality that is set otherwise, in bytes and CPU time. */
export async function measureAuto(): Promise<Auto[]> {
  const photographs = await Promise.all(LIKENESS_SAMPLES.map(readSample));
  const results: Auto[] = [];
  for (const { format, quality } of FIXED) {
    const likeness: number[] = [];
    const sides: Record<"fixed" | "auto", Needed> = {
      fixed: { encoder: format, bytes: [], cpuMs: 0 },
      auto: { encoder: format, bytes: [], cpuMs: 0 },
    };
    for (const pixels of photographs)
      for (const side of ["fixed", "auto"] as const) {
        const before = process.cpuUsage();
        const file = await encode(pixels, { format, quality: side === "auto" ? "auto" : quality });
        sides[side].cpuMs += cpuSince(before);
        sides[side].bytes.push(file.length);
        if (side === "auto") likeness.push(await likenessOf(file, pixels));
      }
    results.push({ format, ...sides, likeness });
  }
  return results;
}

const FIXED = [
  { format: "jpeg", quality: 80 },
  { format: "webp", quality: 80 },
  { format: "avif", quality: 50 },
] as const;

async function readSample(name: string): Promise<Pixels> {
  const { data, info } = await sharp(samplePath(name))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: 3, frames: 1 };
}

function imageOf({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

async function likenessOf(file: Buffer, pixels: Pixels): Promise<number> {
  return similarity(await lumaOf(imageOf(pixels)), await lumaOf(sharp(file)));
}

/** Similarity grows with quality, but for a few steps of tables that are rounded. */
async function lowest(at: (quality: number) => Promise<Buffer>, pixels: Pixels): Promise<number> {
  let [low, high] = [1, 100];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await likenessOf(await at(middle), pixels)) >= TARGET_SIMILARITY) high = middle;
    else low = middle + 1;
  }
  return low;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
