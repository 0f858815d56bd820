/** Writes the samples in Display P3 and in motion, of those that are there: node tools/samples/make.ts. make-heic.py writes the HEIC. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const inSamples = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));

writeFileSync(inSamples("coffee-display-p3.jpg"), await vividCoffee());
writeFileSync(inSamples("rocket-rises.webp"), await risingRocket());

/** The same numbers, and more saturated, under the profile of Display P3: a third of it are colours that sRGB does not have. */
async function vividCoffee(): Promise<Buffer> {
  const jpeg = await sharp(inSamples("coffee.png"))
    .modulate({ saturation: 1.15 })
    .jpeg({ quality: 85 })
    .toBuffer();
  return withProfile(jpeg, await displayP3());
}

/** By the profile that comes with libvips, CC0. */
async function displayP3(): Promise<Buffer> {
  const file = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#000" } })
    .withIccProfile("p3")
    .png()
    .toBuffer();
  const { icc } = await sharp(file).metadata();
  if (icc === undefined) throw new Error("sharp wrote no profile.");
  return icc;
}

/** sharp would convert the colours. ICC.1:2022, B.4: one segment, right behind the start of the image. */
function withProfile(jpeg: Buffer, icc: Buffer): Buffer {
  const head = Buffer.from("\xff\xe2\0\0ICC_PROFILE\0\x01\x01", "latin1");
  head.writeUInt16BE(head.length - 2 + icc.length, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, icc, jpeg.subarray(2)]);
}

/** A window that follows the rocket up, and begins anew. */
async function risingRocket(): Promise<Buffer> {
  const [width, height, frames] = [360, 240, 24];
  const pictures = await Promise.all(
    Array.from({ length: frames }, (_, frame) => {
      const top = Math.round((427 - height) * (1 - frame / (frames - 1)));
      return sharp(inSamples("rocket.jpg")).extract({ left: 140, top, width, height }).png().toBuffer();
    }),
  );
  return sharp(pictures, { join: { animated: true } })
    .webp({
      quality: 80,
      effort: 6,
      minSize: true,
      loop: 0,
      delay: pictures.map((_, frame) => (frame === frames - 1 ? 1500 : 100)),
    })
    .toBuffer();
}
