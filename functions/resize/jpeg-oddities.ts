/** A JPEG without what decoders remark on and nobody misses, and with its end, so that what they remark on then is something else. */
import { END, START_OF_SCAN, segmentsOf } from "../validate/jpeg-segments.ts";
import { MAX_FILLING_BYTES } from "./damage.ts";

const JFIF = 0xe0;
const ADOBE = 0xee;

export function withoutOddities(file: Buffer): Buffer {
  const kept = [file.subarray(0, 2)];
  const frame: Frame = { isSequential: false, components: 0, isInOneScan: false, unrefined: new Map() };
  for (const { marker, stray, bytes, data } of segmentsOf(file)) {
    // Where data went wrong, more than a few bytes lie before a marker: those stay, to be remarked on.
    if (stray.length > MAX_FILLING_BYTES) kept.push(stray);
    kept.push(mended(Buffer.from(bytes), marker, frame), data);
    if (marker === END) return Buffer.concat(kept);
  }
  // A decoder notices when that comes too early; but not where whole scans are missing.
  if (frame.isInOneScan || hasAllScans(frame)) kept.push(Buffer.from([0xff, END]));
  return Buffer.concat(kept);
}

interface Frame {
  isSequential: boolean;
  components: number;
  /** As far as was seen. */
  isInOneScan: boolean;
  /** Of a progressive picture: which of its 64 coefficients each component has not been given to the last bit. */
  unrefined: Map<number, Set<number>>;
}

/** Says what decoders take it for anyway. */
function mended(segment: Buffer, marker: number, frame: Frame): Buffer {
  const body = segment.subarray(4);
  if (marker >= 0xc0 && marker <= 0xc2) {
    frame.isSequential = marker !== 0xc2;
    frame.components = body[5] ?? 0;
    frame.unrefined = frame.isSequential ? new Map() : unrefinedIn(body);
  }
  if (marker === JFIF && body.length >= 7 && body.toString("latin1", 0, 5) === "JFIF\0") body[5] = 1;
  if (
    marker === ADOBE &&
    body.length >= 12 &&
    body.toString("latin1", 0, 5) === "Adobe" &&
    (body[11] ?? 0) > 2
  )
    body[11] = frame.components === 4 ? 2 : 1;
  if (marker === START_OF_SCAN) refine(frame, body);
  // A sequential scan has all coefficients, whatever its header says of them.
  if (marker === START_OF_SCAN && frame.isSequential && body.length >= 4) {
    body.set([0, 63, 0], body.length - 3);
    frame.isInOneScan = body[0] === frame.components;
  }
  return segment;
}

function unrefinedIn(frameHeader: Buffer): Frame["unrefined"] {
  const ids = Array.from({ length: frameHeader[5] ?? 0 }, (_, index) => frameHeader[6 + 3 * index] ?? 0);
  return new Map(ids.map((id) => [id, new Set(Array.from({ length: 64 }, (_, coefficient) => coefficient))]));
}

/** A scan ends with its first and last coefficient, and how many bits are left out: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2.3 */
function refine({ unrefined }: Frame, scanHeader: Buffer): void {
  const components = scanHeader[0] ?? 0;
  const [first = 0, last = 0, bits = 0] = scanHeader.subarray(1 + 2 * components);
  if ((bits & 0x0f) !== 0) return;
  for (let index = 0; index < components; index++)
    for (let coefficient = first; coefficient <= last; coefficient++)
      unrefined.get(scanHeader[1 + 2 * index] ?? 0)?.delete(coefficient);
}

function hasAllScans({ unrefined }: Frame): boolean {
  return unrefined.size > 0 && [...unrefined.values()].every(({ size }) => size === 0);
}
