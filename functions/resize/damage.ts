/** Whether what the decoder remarked on means that the picture is damaged: it goes on, and shows grey or black for what it could not read. */
import { ImageRejected } from "../shared/errors.ts";

/** `unclear`: of some remarks no more is known than that they were made. */
export type Verdict = "whole" | "damaged" | "unclear";

/** Warnings of libvips, with `failOn: "error"` (sharp's event "warning"). They are complete only where sharp's cache is off: with it, a file is closed, and its warnings counted, some time later. */
export interface Remarks {
  /** Of reading the header alone. */
  header: string[];
  /** Of the decoding, which reads the header once more, or twice. */
  decoding: string[];
}

/**
 * Of several warnings in one reading libjpeg tells the first one only, and their number. So the header is read first, by itself: what it has, such as
 * a revision that is not known, is harmless; what comes on top of that is in the data.
 */
export function verdictOn({ header, decoding }: Remarks): Verdict {
  const all = [...header, ...decoding];
  if (all.some((warning) => DAMAGE.test(warning)) || hasSkippedInScan(all)) return "damaged";
  const ofHeader = mostAtOnce(header);
  const ofData = mostAtOnce(decoding) - ofHeader;
  const toldOfData = ofHeader === 0 ? 1 : 0;
  return ofData > toldOfData ? "unclear" : "whole";
}

/**
 * libjpeg's warnings of damage in compressed data, and libvips's of a tile that it left black. Not of these: the many that are harmless,
 * such as of a field that is not known, or "unknown Adobe color transform code".
 */
const DAMAGE =
  /premature end of|instead of RST|bad (Huffman|arithmetic) code|Inconsistent progression|before marker 0xd[0-7]|error in tile/i;

/** A JPEG ends without its last marker: libvips tells no more than that. Data may be missing too, or not. */
export function isWithoutEnd(error: unknown): boolean {
  return (
    error instanceof ImageRejected &&
    error.cause instanceof Error &&
    error.cause.message.includes("premature end of JPEG image")
  );
}

/** Encoders fill up their scans, by a few bytes; where the data went wrong, many are left over when a scan is done. */
export const MAX_FILLING_BYTES = 16;

function hasSkippedInScan(warnings: string[]): boolean {
  return warnings.some((warning) =>
    [...warning.matchAll(/(\d+) extraneous bytes before marker 0x(c4|d9|da|db)/g)].some(
      ([, count]) => Number(count) > MAX_FILLING_BYTES,
    ),
  );
}

function mostAtOnce(warnings: string[]): number {
  return Math.max(
    0,
    ...warnings.map((warning) => Number(/^read gave (\d+) warnings/.exec(warning)?.[1] ?? 0)),
  );
}
