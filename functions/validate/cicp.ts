/** Colour as four numbers say it: ITU-T H.273, https://www.itu.int/rec/T-REC-H.273 */
import { unsupported } from "../shared/errors.ts";

export interface Cicp {
  primaries: number;
  transfer: number;
  matrix: number;
}

/** @throws ImageRejected (UNSUPPORTED_TYPE) for light that an sRGB picture cannot hold, or that nobody knows to convert. */
export function assertKnownColour({ primaries, transfer }: Cicp): void {
  const hdr = HDR_NAMES[transfer];
  if (hdr !== undefined)
    throw unsupported(
      `an HDR picture (${hdr})`,
      "Export it as an SDR picture, in sRGB or Display P3, and upload that.",
    );
  if (!KNOWN_TRANSFERS.has(transfer) || !KNOWN_PRIMARIES.has(primaries))
    throw unsupported(
      `a picture in a colour space that is rarely used (CICP ${primaries}/${transfer})`,
      "Export it in sRGB, and upload that.",
    );
}

const HDR_NAMES: Record<number, string> = { 16: "PQ", 18: "HLG" };

/** BT.709 and its equals, unspecified, gamma 2.2 and 2.8, linear, sRGB. */
const KNOWN_TRANSFERS = new Set([1, 2, 4, 5, 6, 7, 8, 13, 14, 15]);
const KNOWN_PRIMARIES = new Set([1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 22]);
