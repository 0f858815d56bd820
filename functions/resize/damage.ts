/** Whether what the decoder remarked on means that the picture is damaged: it goes on, and shows grey or black for what it could not read. */

/**
 * @param warnings of libvips, of one decoding with `failOn: "error"` (sharp's event "warning"). They are complete only where sharp's
 * cache is off: with it, a file is closed, and its warnings counted, some time later.
 */
export function isDamaged(warnings: string[]): boolean {
  return (
    warnings.some((warning) => DAMAGE.test(warning)) ||
    hasSkippedInScan(warnings) ||
    hasMoreThanItsHeader(warnings)
  );
}

/**
 * libjpeg's warnings of damage in compressed data, and libvips's of a tile that it left black. Not of these: the many that are harmless,
 * such as of a field that is not known, or "unknown Adobe color transform code".
 */
const DAMAGE =
  /premature end of|instead of RST|bad (Huffman|arithmetic) code|Inconsistent progression|before marker 0xd[0-7]|error in tile/;

/** Encoders fill up their scans, by a few bytes; where the data went wrong, many are left over when a scan is done. */
const MAX_FILLING_BYTES = 16;

function hasSkippedInScan(warnings: string[]): boolean {
  return warnings.some((warning) =>
    [...warning.matchAll(/(\d+) extraneous bytes before marker 0x(c4|d9|da|db)/g)].some(
      ([, count]) => Number(count) > MAX_FILLING_BYTES,
    ),
  );
}

/**
 * Of several warnings libjpeg tells the first one only, and their number. The header is read first, by itself: what it has, such as a
 * revision that is not known, is harmless; what comes on top of that is in the data, and was not told.
 */
function hasMoreThanItsHeader(warnings: string[]): boolean {
  const counts = warnings
    .flatMap((warning) => /^read gave (\d+) warnings/.exec(warning)?.[1] ?? [])
    .map(Number);
  const [first = 0] = counts;
  return counts.some((count) => count > first);
}
