/** EXIF and XMP of a PNG that lie where the decoder does not look: behind its pixels, or in a text. */
import { exifChunkFrom, nameOfRawProfile } from "./png-raw-profile.ts";

/**
 * ImageMagick 6 writes them there. XMP may be anywhere, and EXIF could (http://ftp-osl.osuosl.org/pub/libpng/documents/pngext-1.5.0.html#C.eXIf)
 * until the third edition of PNG (https://www.w3.org/TR/png-3/#5ChunkOrdering). Browsers leave EXIF out that lies there, other programs turn by it:
 * it says how the picture was held. Of each, the first one counts; EXIF in a text counts where there is no other.
 * @param bytes the whole file.
 * @returns the bytes to decode: the same, or a copy that has them before the pixels, too.
 */
export function withMetadataFirst(bytes: Buffer): Buffer {
  const firsts = new Map<number | string, { at: number; end: number }>();
  // There may be millions of chunks: each takes 12 bytes at least, and nothing is kept of most.
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= bytes.length; ) {
    const end = at + CHUNK_BYTES + bytes.readUInt32BE(at);
    const type = bytes.readUInt32BE(at + 4);
    if (type === IEND || end > bytes.length) break;
    const isWanted = type === IDAT || type === EXIF || (type === ITXT && isXmp(bytes, at));
    const kind = isWanted ? type : nameOfRawProfile(bytes, at);
    if (kind !== undefined && !firsts.has(kind)) firsts.set(kind, { at, end });
    at = end;
  }
  const pixels = firsts.get(IDAT);
  if (pixels === undefined) return bytes;
  const chunksOf = (isWanted: (kind: number | string, at: number) => boolean) =>
    [...firsts].flatMap(([kind, { at, end }]) => (isWanted(kind, at) ? [bytes.subarray(at, end)] : []));
  const behind = chunksOf((kind, at) => typeof kind === "number" && at > pixels.at);
  const texts = firsts.has(EXIF) ? [] : chunksOf((kind) => typeof kind === "string");
  const added = [...behind, ...texts.flatMap((text) => exifChunkFrom(text) ?? []).slice(0, 1)];
  if (added.length === 0) return bytes;
  return Buffer.concat([bytes.subarray(0, pixels.at), ...added, bytes.subarray(pixels.at)]);
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

function isXmp(bytes: Buffer, at: number): boolean {
  return bytes.toString("latin1", at + 8, at + 8 + XMP_KEYWORD.length) === XMP_KEYWORD;
}
