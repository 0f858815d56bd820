/** Photographs of the sizes that cameras make, grown from the small samples, with grain as sensors have it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

export const samplePath = (name: string) => fileURLToPath(new URL(`../samples/${name}`, import.meta.url));

export interface Photograph {
  name: string;
  megapixels: number;
  path: string;
}

/** A sample, and what is made of it. */
export interface Recipe {
  from: string;
  megapixels: number;
  progressive: boolean;
}

const RECIPES: Recipe[] = [
  { from: "coffee.png", megapixels: 5, progressive: false },
  { from: "rocket.jpg", megapixels: 12, progressive: false },
  { from: "astronaut.png", megapixels: 12, progressive: true },
  { from: "hubble_deep_field.jpg", megapixels: 24, progressive: false },
];

/** Makes them in a folder. Always the same pixels but for the grain, which is random. */
export async function makePhotographs(folder: string, recipes = RECIPES): Promise<Photograph[]> {
  mkdirSync(folder, { recursive: true });
  const made: Photograph[] = [];
  for (const { from, megapixels, progressive } of recipes) {
    const { width = 1, height = 1 } = await sharp(samplePath(from)).metadata();
    const scale = Math.sqrt((megapixels * 1e6) / (width * height));
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const grain = await sharp({
      create: {
        ...size,
        channels: 3,
        background: "#808080",
        noise: { type: "gaussian", mean: 128, sigma: 12 },
      },
    })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const name = `${from.split(".")[0]}-${megapixels}mp${progressive ? "-progressive" : ""}`;
    const path = join(folder, `${name}.jpg`);
    await sharp(samplePath(from))
      .resize({ ...size, kernel: "cubic" })
      .composite([{ input: grain, blend: "soft-light" }])
      .jpeg({ quality: 90, progressive })
      .toFile(path);
    made.push({ name, megapixels, path });
  }
  return made;
}
