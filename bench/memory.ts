/** What resize takes of memory for pictures of every kind, against what it reckons with from their headers. */
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { type MemoryOf, measureMemoryOf } from "./measure.ts";
import { makePhotographs } from "./photographs.ts";

export interface OfKind extends MemoryOf {
  kind: string;
}

const MEGAPIXELS = 25;
const FRAMES = 100;

/** HEIC is not among them: nothing here writes it. */
const KINDS: [kind: string, write: (picture: Sharp) => Sharp][] = [
  ["JPEG", (picture) => picture.jpeg()],
  ["JPEG, progressive", (picture) => picture.jpeg({ progressive: true })],
  ["PNG", (picture) => picture.png({ compressionLevel: 1 })],
  ["PNG, interlaced", (picture) => picture.png({ compressionLevel: 1, progressive: true })],
  [
    "PNG, interlaced, 16 bits",
    (picture) => picture.toColourspace("rgb16").png({ compressionLevel: 1, progressive: true }),
  ],
  ["WebP", (picture) => picture.webp({ effort: 0 })],
  ["GIF", (picture) => picture.gif({ effort: 1 })],
  ["AVIF, 4:2:0", (picture) => picture.avif({ effort: 0, chromaSubsampling: "4:2:0" })],
  ["AVIF, 4:4:4", (picture) => picture.avif({ effort: 0 })],
  ["AVIF, 4:4:4, 12 bits", (picture) => picture.avif({ effort: 0, bitdepth: 12 })],
  ["AVIF, 4:4:4, alpha", (picture) => picture.ensureAlpha(0.5).avif({ effort: 0 })],
  ["TIFF, strips", (picture) => picture.tiff({ compression: "lzw" })],
  [
    "TIFF, tiles of 1,024",
    (picture) => picture.tiff({ compression: "deflate", tile: true, tileWidth: 1024, tileHeight: 1024 }),
  ],
];

/** @param folder for pictures of some megabytes each. */
export async function measureMemory(folder: string): Promise<OfKind[]> {
  const recipe = { from: "rocket.jpg", megapixels: MEGAPIXELS, progressive: false };
  const [photograph] = await makePhotographs(folder, [recipe]);
  const path = join(folder, "picture");
  const measured: OfKind[] = [];
  for (const [kind, write] of KINDS) {
    await write(sharp(photograph?.path)).toFile(path);
    measured.push({ kind, ...measureMemoryOf(path) });
  }
  await sharp(await frames(), { join: { animated: true } })
    .webp({ effort: 0 })
    .toFile(path);
  return [...measured, { kind: `WebP, ${FRAMES} frames`, ...measureMemoryOf(path) }];
}

/** A hundred megapixels in all. */
function frames(): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: FRAMES }, (_, frame) => {
      const background = { r: (2 * frame) % 256, g: 80, b: 160 };
      return sharp({ create: { width: 1250, height: 800, channels: 3, background } })
        .png()
        .toBuffer();
    }),
  );
}
