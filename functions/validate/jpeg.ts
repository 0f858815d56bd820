/** Kinds of JPEG that hardly anything but a hospital's programs reads: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
import { unsupported } from "../shared/errors.ts";

/**
 * @param bytes the file, or enough of its start.
 * @throws ImageRejected (UNSUPPORTED_TYPE) with the name of a kind that the decoder would take for damaged.
 */
export function assertReadableJpeg(bytes: Buffer): void {
  const frame = frameHeaderOf(bytes);
  const kind = frame && unreadableKind(frame);
  if (kind !== undefined) throw unsupported(kind, "Export it as a usual JPEG of 8 bits, and upload that.");
}

interface FrameHeader {
  marker: number;
  /** Bits of a sample. */
  precision: number;
}

function unreadableKind({ marker, precision }: FrameHeader): string | undefined {
  if (marker === JPEG_LS) return "a JPEG-LS image";
  if (LOSSLESS.has(marker)) return "a lossless JPEG";
  if (HIERARCHICAL.has(marker)) return "a hierarchical JPEG";
  return precision === 8 ? undefined : `a JPEG of ${precision}-bit samples`;
}

const JPEG_LS = 0xf7;
const LOSSLESS = new Set([0xc3, 0xc7, 0xcb, 0xcf]);
const HIERARCHICAL = new Set([0xc5, 0xc6, 0xcd, 0xce]);
/** Start-of-frame markers; between them lie those of Huffman tables, of an extension, and of arithmetic coding. */
const isFrame = (marker: number) =>
  marker === JPEG_LS || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
const START_OF_SCAN = 0xda;

/** Goes from segment to segment, and over stray bytes between them, to the one that tells how samples are coded. */
function frameHeaderOf(bytes: Buffer): FrameHeader | undefined {
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 4 < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (isFrame(marker)) return { marker, precision: bytes[at + 4] ?? 8 };
    if (marker === START_OF_SCAN) return undefined;
    // 0xff fills up, 0x00 is a stray byte, and these markers stand alone.
    const isAlone = marker === 0xff || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd9);
    at = bytes.indexOf(0xff, at + (isAlone ? 1 : 2 + bytes.readUInt16BE(at + 2)));
  }
  return undefined;
}
