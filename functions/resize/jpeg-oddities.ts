/** A JPEG without what decoders remark on and nobody misses, and with its end, so that what they remark on then is something else. */
import { MAX_FILLING_BYTES } from "./damage.ts";

const START_OF_SCAN = 0xda;
const END = 0xd9;
const JFIF = 0xe0;
const ADOBE = 0xee;

/** https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
export function withoutOddities(bytes: Buffer): Buffer {
  const kept = [bytes.subarray(0, 2)];
  const frame: Frame = { isSequential: false, components: 0, isInOneScan: false };
  let at = 2;
  while (at < bytes.length) {
    const start = markerFrom(bytes, at);
    // Where data went wrong, more than a few bytes lie before a marker: those stay, to be remarked on.
    const isStray = start - at <= MAX_FILLING_BYTES;
    if (!isStray) kept.push(bytes.subarray(at, start));
    const end = endOfSegment(bytes, start);
    const marker = bytes[start + 1] ?? 0;
    kept.push(mended(Buffer.from(bytes.subarray(start, end)), marker, frame));
    if (marker === END) return Buffer.concat(kept);
    at = marker === START_OF_SCAN ? endOfData(bytes, end) : end;
    kept.push(bytes.subarray(end, at));
  }
  // A decoder notices when that comes too early; but not where whole scans are missing.
  if (frame.isInOneScan) kept.push(Buffer.from([0xff, END]));
  return Buffer.concat(kept);
}

/** Where the next marker is, past bytes that are none and bytes that fill up; the end of the file, if there is none. */
function markerFrom(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff) return at;
  return bytes.length;
}

function endOfSegment(bytes: Buffer, start: number): number {
  const marker = bytes[start + 1] ?? 0;
  const isAlone = marker === 1 || (marker >= 0xd0 && marker <= END);
  if (isAlone || start + 4 > bytes.length) return Math.min(bytes.length, start + 2);
  return Math.min(bytes.length, start + 2 + Math.max(2, bytes.readUInt16BE(start + 2)));
}

/** Entropy-coded data goes on to the next marker that is no restart. */
function endOfData(bytes: Buffer, from: number): number {
  let at = markerFrom(bytes, from);
  while (((bytes[at + 1] ?? 0) & 0xf8) === 0xd0) at = markerFrom(bytes, at + 2);
  return at;
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
