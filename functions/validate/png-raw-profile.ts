/** EXIF as ImageMagick wrote it into a PNG before there was a chunk for it: a text of hexadecimal digits. https://exiftool.org/TagNames/PNG.html#TextualData */
import { inflateSync } from "node:zlib";

const NAMES = ["Raw profile type exif\0", "Raw profile type APP1\0"];
const TEXT = 0x74455874;
const DEFLATED_TEXT = 0x7a545874;

/** @returns how a profile is called that may be EXIF. */
export function nameOfRawProfile(bytes: Buffer, at: number, end: number): string | undefined {
  const type = bytes.readUInt32BE(at + 4);
  if (type !== TEXT && type !== DEFLATED_TEXT) return undefined;
  return NAMES.find((name) => hasKeyword(bytes, at, end, name));
}

/** Of a chunk from its length to its checksum. */
export function hasKeyword(bytes: Buffer, at: number, end: number, keyword: string): boolean {
  return bytes.toString("latin1", at + 8, Math.min(end - 4, at + 8 + keyword.length)) === keyword;
}

/**
 * @param chunk that has such a name.
 * @returns a chunk of the type that is for EXIF; undefined where the profile is none.
 */
export function exifChunkFrom(chunk: Buffer): Buffer | undefined {
  const value = chunk.subarray(chunk.indexOf(0, 8) + 1, -4);
  const isDeflated = chunk.readUInt32BE(4) === DEFLATED_TEXT;
  const text = isDeflated ? inflated(value.subarray(1)) : value.toString("latin1", 0, MAX_TEXT_BYTES);
  const [, digits = ""] = /^\s*\w+\s+\d+\s([\da-f\s]*)$/i.exec(text) ?? [];
  const profile = Buffer.from(digits.replaceAll(/\s/g, ""), "hex");
  const exif = profile.toString("latin1", 0, 6) === "Exif\0\0" ? profile.subarray(6) : profile;
  return isTiff(exif) ? chunkOf("eXIf", exif) : undefined;
}

/** EXIF has 64 KB at most, two digits a byte. */
const MAX_TEXT_BYTES = 150_000;

function inflated(data: Buffer): string {
  try {
    return inflateSync(data, { maxOutputLength: MAX_TEXT_BYTES }).toString("latin1");
  } catch {
    return "";
  }
}

function isTiff(bytes: Buffer): boolean {
  return ["II*\0", "MM\0*"].includes(bytes.toString("latin1", 0, 4));
}

function chunkOf(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
  return chunk;
}

/** https://www.w3.org/TR/png-3/#D-CRCAppendix. Node has it since version 22 only, and these functions run on 20, too. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
