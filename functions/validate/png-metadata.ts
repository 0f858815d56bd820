/** EXIF and XMP of a PNG that lie behind its pixels, where the decoder does not look. */

/**
 * ImageMagick 6 writes them there. XMP may be anywhere, and EXIF could (http://ftp-osl.osuosl.org/pub/libpng/documents/pngext-1.5.0.html#C.eXIf)
 * until the third edition of PNG (https://www.w3.org/TR/png-3/#5ChunkOrdering). Browsers leave EXIF out that lies there, other programs turn by it:
 * it says how the picture was held. Of each, the first one counts.
 * @param bytes the whole file.
 * @returns the bytes to decode: the same, or a copy that has them before the pixels, too.
 */
export function withMetadataFirst(bytes: Buffer): Buffer {
  const firsts = new Map<number, { at: number; end: number }>();
  // There may be millions of chunks: each takes 12 bytes at least, and nothing is kept of most.
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= bytes.length; ) {
    const end = at + CHUNK_BYTES + bytes.readUInt32BE(at);
    const type = bytes.readUInt32BE(at + 4);
    if (type === IEND || end > bytes.length) break;
    const isWanted = type === IDAT || type === EXIF || (type === ITXT && isXmp(bytes, at));
    if (isWanted && !firsts.has(type)) firsts.set(type, { at, end });
    at = end;
  }
  const pixels = firsts.get(IDAT);
  if (pixels === undefined) return bytes;
  const behind = [...firsts.values()].filter(({ at }) => at > pixels.at);
  if (behind.length === 0) return bytes;
  return Buffer.concat([
    bytes.subarray(0, pixels.at),
    ...behind.map(({ at, end }) => bytes.subarray(at, end)),
    bytes.subarray(pixels.at),
  ]);
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
