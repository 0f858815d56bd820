/** EXIF and XMP of a PNG that lie where the decoder does not look: behind its pixels, or in a text. */
import { exifChunkFrom, hasKeyword, nameOfRawProfile } from "./png-raw-profile.ts";

/**
 * ImageMagick 6 writes them there. XMP may be anywhere, and EXIF could (http://ftp-osl.osuosl.org/pub/libpng/documents/pngext-1.5.0.html#C.eXIf)
 * until the third edition of PNG (https://www.w3.org/TR/png-3/#5ChunkOrdering). Browsers leave EXIF out that lies there, other programs turn by it:
 * it says how the picture was held. Of each, the first one counts; EXIF in a text counts where there is no other.
 * @param bytes the whole file.
 * @returns the bytes to decode: the same, or a copy that has them before the pixels, too.
 */
export function withMetadataFirst(bytes: Buffer): Buffer {
  // There may be millions of chunks: each takes 12 bytes at least, and nothing is kept of most.
  const firsts = new Map<number, number>();
  const texts = new Map<string, number>();
  const endOf = (at: number) => at + CHUNK_BYTES + bytes.readUInt32BE(at);
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= bytes.length; at = endOf(at)) {
    const type = bytes.readUInt32BE(at + 4);
    const end = endOf(at);
    if (type === IEND || end > bytes.length) break;
    const isXmp = type === ITXT && hasKeyword(bytes, at, end, XMP_KEYWORD);
    const isWanted = type === IDAT || type === EXIF || isXmp;
    if (isWanted && !firsts.has(type)) firsts.set(type, at);
    const name = nameOfRawProfile(bytes, at, end);
    if (name !== undefined && !texts.has(name)) texts.set(name, at);
  }
  const pixelsAt = firsts.get(IDAT);
  if (pixelsAt === undefined) return bytes;
  const chunkAt = (at: number) => bytes.subarray(at, endOf(at));
  const behind = [...firsts.values()].filter((at) => at > pixelsAt).map(chunkAt);
  const fromTexts = firsts.has(EXIF)
    ? []
    : [...texts.values()].flatMap((at) => exifChunkFrom(chunkAt(at)) ?? []);
  const added = [...behind, ...fromTexts.slice(0, 1)];
  if (added.length === 0) return bytes;
  return Buffer.concat([bytes.subarray(0, pixelsAt), ...added, bytes.subarray(pixelsAt)]);
}

const SIGNATURE_BYTES = 8;
/** Its length, its type and its checksum. */
const CHUNK_BYTES = 12;
const IDAT = 0x49444154;
const IEND = 0x49454e44;
const EXIF = 0x65584966;
const ITXT = 0x69545874;

/** https://developer.adobe.com/xmp/docs/XMPSpecifications/, part 3, 1.1.5 */
const XMP_KEYWORD = "XML:com.adobe.xmp\0";
