/** The mark itself: the configured words or picture, as RGBA samples of the size that is asked for. */

import sharp from "sharp";
import { escapeMarkup } from "../shared/markup.ts";

/** RGBA, 8 bit, not premultiplied. */
export interface MarkPixels {
  data: Buffer;
  width: number;
  height: number;
  /** Words are drawn dark on light pictures; a picture keeps its colours. */
  isOfWords: boolean;
}

/** Gives the mark as large as it fits into a box, in pixels, its alpha multiplied by the opacity. The same size is made once. */
export type MarkAt = (width: number, height: number) => Promise<MarkPixels>;

/**
 * Words are drawn once, here. Fontconfig reads the environment in a thread of its own then, and a process ends where another thread adds
 * a variable meanwhile: to be awaited while a function starts, as Lambda's runtime adds one at the beginning of the first invocation.
 * @param source an image file, or text with the path of the font it is set in.
 * @param opacity 0 to 1.
 */
export async function createMark(
  source: Buffer | { text: string; fontFile: string },
  opacity: number,
): Promise<MarkAt> {
  const isOfWords = !Buffer.isBuffer(source);
  const picture = isOfWords ? await renderText(source.text, source.fontFile) : source;
  const made = new Map<string, Promise<MarkPixels>>();
  return (width, height) => {
    const size = `${width}x${height}`;
    const existing = made.get(size);
    if (existing) return existing;
    if (made.size >= MAX_SIZES_KEPT) made.clear();
    const mark = scaleMark(picture, width, height, opacity).then((pixels) => ({ ...pixels, isOfWords }));
    made.set(size, mark);
    return mark;
  };
}

/** A warm process meets few widths; this bounds what it keeps when photographs of many shapes pass. */
const MAX_SIZES_KEPT = 32;

async function scaleMark(
  file: Buffer,
  width: number,
  height: number,
  opacity: number,
): Promise<Omit<MarkPixels, "isOfWords">> {
  const { data, info } = await sharp(file)
    .resize(width, height, { fit: "inside" })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  for (let alpha = 3; alpha < data.length; alpha += 4) data[alpha] = Math.round((data[alpha] ?? 0) * opacity);
  return { data, width: info.width, height: info.height };
}

/** Large enough that no variant needs it enlarged by much. */
const TEXT_DPI = 600;

/** White letters with a dark edge, which stand out from a restless picture too. */
async function renderText(text: string, fontFile: string): Promise<Buffer> {
  const letters = await sharp({
    text: {
      text: `<span foreground="white">${escapeMarkup(text)}</span>`,
      font: FONT_FAMILY,
      fontfile: fontFile,
      rgba: true,
      dpi: TEXT_DPI,
    },
  })
    .extend({ top: EDGE, bottom: EDGE, left: EDGE, right: EDGE, background: TRANSPARENT })
    .png()
    .toBuffer();
  const edge = await sharp(letters)
    .blur(EDGE / 3)
    .linear([0, 0, 0, EDGE_STRENGTH], [0, 0, 0, 0])
    .png()
    .toBuffer();
  return sharp(edge)
    .composite([{ input: letters }])
    .png()
    .toBuffer();
}

/** The family that the packed font file names itself. */
const FONT_FAMILY = "Inter SemiBold";
const EDGE = 24;
/** Makes a line of what the blur has left of the letters outside of them. */
const EDGE_STRENGTH = 4;
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };
