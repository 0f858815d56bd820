/** What a PNG says before its pixels: https://www.w3.org/TR/png-3/ */
import type { Cicp } from "./cicp.ts";

export interface PngLayout {
  bitDepth: number;
  channels: number;
  interlaced: boolean;
  /** Undefined where nothing is said. */
  cicp: Cicp | undefined;
  hasIcc: boolean;
}

/** @param bytes the file, or enough of its start. */
export function pngLayout(bytes: Buffer): PngLayout {
  const layout: PngLayout = {
    bitDepth: bytes[24] ?? 8,
    channels: CHANNELS[bytes[25] ?? 6] ?? 4,
    interlaced: bytes[28] === 1,
    cicp: undefined,
    hasIcc: false,
  };
  let at = SIGNATURE_BYTES;
  for (let chunk = 0; chunk < MAX_CHUNKS && at + 12 <= bytes.length; chunk++) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === "IDAT") break;
    if (type === "cICP") {
      const [primaries = 2, transfer = 2, matrix = 0] = bytes.subarray(at + 8, at + 11);
      layout.cicp = { primaries, transfer, matrix };
    }
    if (type === "iCCP") layout.hasIcc = true;
    // A palette with transparency comes out with four channels.
    if (type === "tRNS") layout.channels = Math.max(4, layout.channels);
    at += bytes.readUInt32BE(at) + 12;
  }
  return layout;
}

const SIGNATURE_BYTES = 8;
const MAX_CHUNKS = 1000;
/** By colour type: grey, RGB, palette, grey and alpha, RGBA. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };
