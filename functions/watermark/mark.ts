/** The mark itself: the configured words or picture, as RGBA samples of the width that is asked for. */
import sharp from "sharp";

/** RGBA, 8 bit, not premultiplied. */
export interface MarkPixels {
  data: Buffer;
  width: number;
  height: number;
}

/** Gives the mark at a width in pixels, its alpha multiplied by the opacity. The same width is made once. */
export type MarkAt = (width: number, maxHeight: number) => Promise<MarkPixels>;

/**
 * @param source an image file, or text with the path of the font it is set in.
 * @param opacity 0 to 1.
 */
export function createMark(source: Buffer | { text: string; fontFile: string }, opacity: number): MarkAt {
  const picture = Buffer.isBuffer(source)
    ? Promise.resolve(source)
    : renderText(source.text, source.fontFile);
  const made = new Map<string, Promise<MarkPixels>>();
  return (width, maxHeight) => {
    const size = `${width}x${maxHeight}`;
    const existing = made.get(size);
    if (existing) return existing;
    if (made.size >= MAX_SIZES_KEPT) made.clear();
    const mark = picture.then((file) => scaleMark(file, width, maxHeight, opacity));
    made.set(size, mark);
    return mark;
  };
}

/** A warm process meets few widths; this bounds what it keeps when photographs of many shapes pass. */
const MAX_SIZES_KEPT = 32;

async function scaleMark(
  file: Buffer,
  width: number,
  maxHeight: number,
  opacity: number,
): Promise<MarkPixels> {
  const { data, info } = await sharp(file)
    .resize(width, maxHeight, { fit: "inside" })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  for (let alpha = 3; alpha < data.length; alpha += 4) data[alpha] = Math.round((data[alpha] ?? 0) * opacity);
  return { data, width: info.width, height: info.height };
}

/** Large enough that no variant needs it enlarged by much. */
const TEXT_DPI = 600;

/** White letters with a soft dark edge, which can be read on light and on dark pictures alike. */
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
    .linear([0, 0, 0, 1], [0, 0, 0, 0])
    .blur(EDGE / 3)
    .png()
    .toBuffer();
  return sharp(edge)
    .composite([{ input: letters }])
    .png()
    .toBuffer();
}

/** The family that the packed font file names itself. */
const FONT_FAMILY = "Inter SemiBold";
const EDGE = 12;
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };

/** The text renderer reads Pango markup; the text is the user's, letter by letter. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
