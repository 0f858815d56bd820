/** What people write who use sharp by itself, in three ways: the parts that these share. */
import sharp, { type Sharp } from "sharp";
import { createMark } from "../functions/watermark/mark.ts";
import { fontFile, textMark, type variants } from "./settings.ts";

sharp.cache(false);
sharp.concurrency(1);
const mark = textMark();
const markAt = await createMark({ text: mark.text, fontFile }, mark.opacity);

type Variant = (typeof variants)[number];

/** One variant of a picture, marked. */
export async function resized(
  image: Sharp,
  picture: { width: number; height: number },
  variant: Variant,
): Promise<Sharp> {
  const { name, width, height, fit, position } = variant;
  const scale = Math.min(1, width / picture.width, height / picture.height);
  const finalWidth = fit === "cover" ? width : Math.round(picture.width * scale);
  const made = image.resize({ width, height, fit, position, withoutEnlargement: true });
  if (!mark.variants.includes(name)) return made;
  const { data, ...size } = await markAt(Math.round(finalWidth * mark.size), height);
  return made.composite([{ input: data, raw: { ...size, channels: 4 }, gravity: mark.position }]);
}

export async function encodeAs(
  image: Sharp,
  format: Variant["formats"][number],
  { quality }: Pick<Variant, "quality">,
): Promise<void> {
  const options = {
    ...(quality !== undefined && { quality }),
    ...(format === "jpeg" && { progressive: true }),
  };
  await image.toFormat(format, options).toBuffer();
}

/** The pixels, for another pipeline to begin with. */
export async function rendered(image: Sharp): Promise<() => Sharp> {
  const { data, info } = await image.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return () => sharp(data, { raw: { width, height, channels } });
}
