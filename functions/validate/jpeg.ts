/** Kinds of JPEG that hardly anything but a hospital's programs reads: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
import { unsupported } from "../shared/errors.ts";
import { isFrame, JPEG_LS, START_OF_SCAN, segmentsOf } from "./jpeg-segments.ts";

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
  /** 0: it is told behind the first scan. */
  height: number;
}

function unreadableKind({ marker, precision, height }: FrameHeader): string | undefined {
  if (marker === JPEG_LS) return "a JPEG-LS image";
  if (LOSSLESS.has(marker)) return "a lossless JPEG";
  if (HIERARCHICAL.has(marker)) return "a hierarchical JPEG";
  if (height === 0) return "a JPEG that tells its height behind its pixels";
  // Of any other number, the decoder says that it makes no sense.
  return precision === 12 ? "a JPEG of 12-bit samples" : undefined;
}

const LOSSLESS = new Set([0xc3, 0xc7, 0xcb, 0xcf]);
const HIERARCHICAL = new Set([0xc5, 0xc6, 0xcd, 0xce]);

/** Of the picture, and not of a thumbnail in its EXIF. */
function frameHeaderOf(file: Buffer): FrameHeader | undefined {
  for (const { marker, body } of segmentsOf(file)) {
    if (isFrame(marker))
      return { marker, precision: body[0] ?? 8, height: body.length < 3 ? 1 : body.readUInt16BE(1) };
    if (marker === START_OF_SCAN) return undefined;
  }
  return undefined;
}
