/** A JPEG without what decoders remark on and nobody misses, and with its end, so that what they remark on then is something else. */
import { END, START_OF_SCAN, segmentsOf } from "../validate/jpeg-segments.ts";
import { MAX_FILLING_BYTES } from "./damage.ts";

const JFIF = 0xe0;
const ADOBE = 0xee;

export function withoutOddities(file: Buffer): Buffer {
  // There may be millions of segments: they are put one behind the other as they come.
  const kept = Buffer.allocUnsafe(file.length + 2);
  let length = file.copy(kept, 0, 0, 2);
  const keep = (part: Uint8Array) => {
    kept.set(part, length);
    length += part.length;
    return kept.subarray(length - part.length, length);
  };
  let frame: Frame | undefined;
  for (const { marker, stray, bytes, body, data } of segmentsOf(file)) {
    // Where data went wrong, more than a few bytes lie before a marker: those stay, to be remarked on.
    if (stray.length > MAX_FILLING_BYTES) keep(stray);
    // Decoders take no second one.
    if (marker >= 0xc0 && marker <= 0xc2) frame ??= frameIn(marker, body);
    if (marker === START_OF_SCAN && frame) refine(frame, body);
    mend(keep(bytes), marker, frame);
    keep(data);
    if (marker === END) return kept.subarray(0, length);
  }
  // A decoder notices when that comes too early; but not where whole scans are missing.
  if (frame && (frame.isInOneScan || hasAllScans(frame))) keep(Buffer.from([0xff, END]));
  return kept.subarray(0, length);
}

interface Frame {
  isSequential: boolean;
  components: number;
  /** As far as was seen. */
  isInOneScan: boolean;
  /** Of a progressive picture: for each of a component's 64 coefficients a 1, as long as it has not been given to the last bit. */
  unrefined: Map<number, Uint8Array>;
}

function frameIn(marker: number, header: Buffer): Frame {
  const isSequential = marker !== 0xc2;
  const components = header[5] ?? 0;
  const ids = Array.from(
    { length: Math.min(components, MAX_COMPONENTS) },
    (_, index) => header[6 + 3 * index] ?? 0,
  );
  const unrefined = new Map(ids.map((id) => [id, new Uint8Array(64).fill(1)]));
  return { isSequential, components, isInOneScan: false, unrefined };
}

const MAX_COMPONENTS = 4;

/** Says what decoders take it for anyway. */
function mend(segment: Buffer, marker: number, frame: Frame | undefined): void {
  const body = segment.subarray(4);
  if (marker === JFIF && body.length >= 7 && body.toString("latin1", 0, 5) === "JFIF\0") body[5] = 1;
  if (
    marker === ADOBE &&
    body.length >= 12 &&
    body.toString("latin1", 0, 5) === "Adobe" &&
    (body[11] ?? 0) > 2
  )
    body[11] = frame?.components === 4 ? 2 : 1;
  // A sequential scan has all coefficients, whatever its header says of them.
  if (marker === START_OF_SCAN && frame?.isSequential && body.length >= 4) {
    body.set([0, 63, 0], body.length - 3);
    frame.isInOneScan = body[0] === frame.components;
  }
}

/** A scan ends with its first and last coefficient, and how many bits are left out: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2.3 */
function refine({ unrefined }: Frame, scanHeader: Buffer): void {
  const components = scanHeader[0] ?? 0;
  const [first = 0, last = 0, bits = 0] = scanHeader.subarray(1 + 2 * components);
  if ((bits & 0x0f) !== 0) return;
  for (let index = 0; index < Math.min(components, MAX_COMPONENTS); index++)
    unrefined.get(scanHeader[1 + 2 * index] ?? 0)?.fill(0, first, last + 1);
}

function hasAllScans({ isSequential, unrefined }: Frame): boolean {
  return !isSequential && unrefined.size > 0 && [...unrefined.values()].every((left) => !left.includes(1));
}
