/** A JPEG without what decoders remark on and nobody misses, and with its end, so that what they remark on then is something else. */
import { END, START_OF_SCAN, segmentsOf } from "../validate/jpeg-segments.ts";
import { MAX_FILLING_BYTES } from "./damage.ts";

const JFIF = 0xe0;
const ADOBE = 0xee;

export function withoutOddities(file: Buffer): Buffer {
  const kept = [file.subarray(0, 2)];
  const frame: Frame = { isSequential: false, components: 0, isInOneScan: false };
  for (const { marker, stray, bytes, data } of segmentsOf(file)) {
    // Where data went wrong, more than a few bytes lie before a marker: those stay, to be remarked on.
    if (stray.length > MAX_FILLING_BYTES) kept.push(stray);
    kept.push(mended(Buffer.from(bytes), marker, frame), data);
    if (marker === END) return Buffer.concat(kept);
  }
  // A decoder notices when that comes too early; but not where whole scans are missing.
  if (frame.isInOneScan) kept.push(Buffer.from([0xff, END]));
  return Buffer.concat(kept);
}

interface Frame {
  isSequential: boolean;
  components: number;
  /** As far as was seen. */
  isInOneScan: boolean;
}

/** Says what decoders take it for anyway. */
function mended(segment: Buffer, marker: number, frame: Frame): Buffer {
  const body = segment.subarray(4);
  if (marker >= 0xc0 && marker <= 0xc2) {
    frame.isSequential = marker !== 0xc2;
    frame.components = body[5] ?? 0;
  }
  if (marker === JFIF && body.length >= 7 && body.toString("latin1", 0, 5) === "JFIF\0") body[5] = 1;
  if (
    marker === ADOBE &&
    body.length >= 12 &&
    body.toString("latin1", 0, 5) === "Adobe" &&
    (body[11] ?? 0) > 2
  )
    body[11] = frame.components === 4 ? 2 : 1;
  // A sequential scan has all coefficients, whatever its header says of them.
  if (marker === START_OF_SCAN && frame.isSequential && body.length >= 4) {
    body.set([0, 63, 0], body.length - 3);
    frame.isInOneScan = body[0] === frame.components;
  }
  return segment;
}
