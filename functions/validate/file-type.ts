/** What a file is by its first bytes. Its name and content type are never asked. */
import type { AcceptedFormat } from "../shared/state.ts";

export type FileType = { accepted: AcceptedFormat } | { refused: string };

/**
 * @param head the first bytes of the file; 512 are plenty.
 * @returns an accepted format, or what the file seems to be instead, as words for a sentence.
 */
export function fileTypeOf(head: Buffer): FileType {
  const accepted = ACCEPTED.find(([, matches]) => matches(head));
  if (accepted) return { accepted: accepted[0] };
  const refused = REFUSED.find(([, matches]) => matches(head));
  return { refused: refused ? refused[0] : "a file of an unknown type" };
}

type Matches = (head: Buffer) => boolean;

const startsWith =
  (...prefixes: string[]): Matches =>
  (head) =>
    prefixes.some((prefix) => head.subarray(0, prefix.length).toString("latin1") === prefix);

/** ISO base media files (AVIF, HEIC, MP4) name their brands in the `ftyp` box: ISO/IEC 14496-12, 4.3. */
const hasBrand =
  (...brands: string[]): Matches =>
  (head) => {
    if (head.toString("latin1", 4, 8) !== "ftyp") return false;
    const boxBytes = Math.min(head.readUInt32BE(0), head.length);
    const major = head.toString("latin1", 8, 12);
    const compatible: string[] = head.toString("latin1", 16, boxBytes).match(/.{4}/gs) ?? [];
    return brands.some((brand) => brand === major || compatible.includes(brand));
  };

const isRiff =
  (kind: string): Matches =>
  (head) =>
    startsWith("RIFF")(head) && head.toString("latin1", 8, 12) === kind;

const textMatches =
  (pattern: RegExp): Matches =>
  (head) =>
    pattern.test(head.subarray(0, 512).toString("utf8"));

const ACCEPTED: [AcceptedFormat, Matches][] = [
  ["jpeg", startsWith("\xff\xd8\xff")],
  ["png", startsWith("\x89PNG\r\n\x1a\n")],
  ["gif", startsWith("GIF87a", "GIF89a")],
  ["webp", isRiff("WEBP")],
  ["tiff", startsWith("II*\0", "MM\0*", "II+\0", "MM\0+")],
  ["avif", hasBrand("avif", "avis")],
];

/** Told apart only for the sake of the sentence; the order matters. */
const REFUSED: [string, Matches][] = [
  ["a PDF document", startsWith("%PDF-")],
  ["a HEIC photograph", hasBrand("heic", "heix", "heim", "hevc", "mif1")],
  ["a video", hasBrand("isom", "mp41", "mp42", "qt  ", "M4V ", "avc1", "iso2")],
  ["a video", isRiff("AVI ")],
  ["a ZIP archive", startsWith("PK\x03\x04", "PK\x05\x06")],
  ["a gzip archive", startsWith("\x1f\x8b")],
  ["a BMP image", startsWith("BM")],
  ["a Photoshop file", startsWith("8BPS")],
  ["a JPEG XL image", startsWith("\xff\x0a", "\0\0\0\x0cJXL ")],
  ["an SVG drawing", textMatches(/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg|<svg)/is)],
  ["an HTML page", textMatches(/^\s*(<!doctype html|<html)/i)],
  ["text", (head) => head.length > 0 && !/\p{Cc}|\ufffd/u.test(textOf(head).replaceAll(/\s/g, ""))],
];

/** The head may end within a character; what is left of it is not held against the text. */
function textOf(head: Buffer): string {
  return new TextDecoder().decode(head.subarray(0, 512), { stream: true });
}
