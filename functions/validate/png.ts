/** What a PNG says before its pixels: https://www.w3.org/TR/png-3/ */
import { unsupported } from "../shared/errors.ts";
import { assertKnownColour, type Cicp } from "./cicp.ts";

export interface PngLayout {
  bitDepth: number;
  channels: number;
  interlaced: boolean;
  /** Undefined where nothing is said. */
  cicp: Cicp | undefined;
  /** Samples run from 16 to 235 of 255, or the like of 65,535. */
  hasLimitedRange: boolean;
  hasIcc: boolean;
  /** Colour that is neither sRGB's nor said in another way. */
  colorimetry: Colorimetry | undefined;
}

/** https://www.w3.org/TR/png-3/#11gAMA and what comes before it there */
export interface Colorimetry {
  /** What samples from 0 to 1 are raised to for light. Undefined: sRGB's curve. */
  gamma: number | undefined;
  /** x and y of white, red, green and blue. Undefined: sRGB's. */
  chromaticities: number[] | undefined;
}

/**
 * @param bytes the file, or enough of its start.
 * @throws ImageRejected (UNSUPPORTED_TYPE) with the name of a kind that would not come out right.
 */
export function assertReadablePng(bytes: Buffer): void {
  // https://theapplewiki.com/wiki/PNG_Images: only Apple's own decoder reads it.
  if (bytes.toString("latin1", SIGNATURE_BYTES + 4, SIGNATURE_BYTES + 8) === "CgBI")
    throw unsupported(
      "a PNG made for iOS apps",
      "Upload the one that the app was built from, or open this one with Preview on a Mac, export it as a PNG, and upload that.",
    );
  const { cicp, hasLimitedRange } = pngLayout(bytes);
  if (cicp) assertKnownColour(cicp);
  if (hasLimitedRange)
    throw unsupported("a PNG of limited range, as video has it", "Export it in full range, and upload that.");
}

/** @param bytes the file, or enough of its start. */
export function pngLayout(bytes: Buffer): PngLayout {
  const layout: PngLayout = {
    bitDepth: bytes[24] ?? 8,
    channels: CHANNELS[bytes[25] ?? 6] ?? 4,
    interlaced: bytes[28] === 1,
    cicp: undefined,
    hasLimitedRange: false,
    hasIcc: false,
    colorimetry: undefined,
  };
  const chunks = new Map<string, Buffer>();
  let at = SIGNATURE_BYTES;
  for (let chunk = 0; chunk < MAX_CHUNKS && at + 12 <= bytes.length; chunk++) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === "IDAT") break;
    const data = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
    // https://www.w3.org/TR/png-3/#cICP-chunk
    if (type === "cICP" && data.length === 4) {
      const [primaries = 2, transfer = 2, matrix = 0, fullRange = 1] = data;
      layout.cicp = { primaries, transfer, matrix };
      layout.hasLimitedRange = fullRange === 0;
    }
    chunks.set(type, data);
    if (type === "iCCP") layout.hasIcc = true;
    // A palette with transparency comes out with four channels.
    if (type === "tRNS") layout.channels = Math.max(4, layout.channels);
    at += bytes.readUInt32BE(at) + 12;
  }
  if (!chunks.has("sRGB")) layout.colorimetry = colorimetryOf(chunks.get("gAMA"), chunks.get("cHRM"));
  return layout;
}

/** As browsers do, chromaticities without a gamma are left out. What makes no sense says nothing, and what is near sRGB is meant to be sRGB. */
function colorimetryOf(gAMA: Buffer | undefined, cHRM: Buffer | undefined): Colorimetry | undefined {
  if (gAMA?.length !== 4) return undefined;
  const inverse = gAMA.readUInt32BE(0) / 100_000;
  if (inverse < 0.1 || inverse > 10) return undefined;
  const gamma = Math.abs(inverse - 1 / 2.2) < 0.03 ? undefined : 1 / inverse;
  const chromaticities = cHRM?.length === 32 ? otherThanSrgb(cHRM) : undefined;
  return gamma || chromaticities ? { gamma, chromaticities } : undefined;
}

function otherThanSrgb(cHRM: Buffer): number[] | undefined {
  const values = SRGB_CHROMATICITIES.map((_, index) => cHRM.readUInt32BE(4 * index) / 100_000);
  const [, , rx = 0, ry = 0, gx = 0, gy = 0, bx = 0, by = 0] = values;
  const area = Math.abs((gx - rx) * (by - ry) - (bx - rx) * (gy - ry)) / 2;
  const isSense = area > 0.02 && values.every((value) => value > 0 && value < 1);
  const isOther = values.some((value, index) => Math.abs(value - (SRGB_CHROMATICITIES[index] ?? 0)) > 0.01);
  return isSense && isOther ? values : undefined;
}

const SRGB_CHROMATICITIES = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
const SIGNATURE_BYTES = 8;
const MAX_CHUNKS = 1000;
/** By colour type: grey, RGB, palette, grey and alpha, RGBA. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };
