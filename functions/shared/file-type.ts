/** What a file is by its first bytes. Its name and content type are never asked. */
import { ACCEPTED_FORMATS, type AcceptedFormat } from "./state.ts";

export type FileType = { accepted: AcceptedFormat } | Refused;

export interface Takes {
  heic: boolean;
}

export interface Refused {
  /** What the file seems to be, as words for a sentence. */
  refused: string;
  /** What to do, as a sentence, where there is more to say than to upload another type. */
  advice?: string;
}

/**
 * @param head the first bytes of the file; 512 are plenty.
 * @param name of the file. It decides nothing; a refusal says when it claims to be of an accepted type.
 * @param takes what is accepted and need not be.
 * @returns an accepted format, or a sentence for the person who sent the file.
 */
export function acceptedOrRefusal(
  head: Buffer,
  name: string,
  takes: Takes,
): { accepted: AcceptedFormat } | { refusal: string } {
  const type = fileTypeOf(head, takes);
  if ("accepted" in type) return type;
  const { refused, advice = `Upload a ${acceptedNames(takes)} image.` } = type;
  const isMisnamed = ACCEPTED_EXTENSIONS.test(name);
  return { refusal: `This is ${refused}${isMisnamed ? ", whatever its name says" : ""}. ${advice}` };
}

const ACCEPTED_EXTENSIONS = /\.(jpe?g|jpe|jfif|png|webp|avif|gif|tiff?)$/i;

/** What an upload's content type may be, as programs write them. */
const CONTENT_TYPES: Record<AcceptedFormat, string> = {
  jpeg: "jpeg jpg pjpeg jfif",
  png: "png x-png apng",
  webp: "webp",
  avif: "avif avif-sequence",
  gif: "gif",
  tiff: "tiff tif x-tiff",
  heic: "heic heif heic-sequence heif-sequence",
};

/** @returns a sentence where no file of that content type can be accepted. */
export function refusalOfContentType(contentType: string, takes: Takes): string | undefined {
  const isAccepted = acceptedFormats(takes)
    .flatMap((format) => CONTENT_TYPES[format].split(" "))
    .some((subtype) => contentType.toLowerCase() === `image/${subtype}`);
  return isAccepted
    ? undefined
    : `Files of the type ${contentType} are not accepted. Upload a ${acceptedNames(takes)} image.`;
}

function acceptedFormats({ heic }: Takes): AcceptedFormat[] {
  return ACCEPTED_FORMATS.filter((format) => format !== "heic" || heic);
}

function acceptedNames(takes: Takes): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(
    acceptedFormats(takes).map((format) => (format === "webp" ? "WebP" : format.toUpperCase())),
  );
}

/** @returns an accepted format, or what the file seems to be instead. */
export function fileTypeOf(head: Buffer, { heic }: Takes = { heic: true }): FileType {
  const accepted = ACCEPTED.find(([format, matches]) => (heic || format !== "heic") && matches(head));
  if (accepted) return { accepted: accepted[0] };
  const refused = REFUSED.find(([, matches]) => matches(head));
  if (refused === undefined) return { refused: "a file of an unknown type" };
  const [kind, , advice] = refused;
  return { refused: kind, ...(advice === undefined ? {} : { advice }) };
}

export const RAW_ADVICE =
  "Export the picture as a JPEG or a TIFF with the program that develops it, and upload that.";

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

const isHeic = hasBrand("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1");

const isIsoMedia: Matches = (head) => head.toString("latin1", 4, 8) === "ftyp";

const isRiff =
  (kind: string): Matches =>
  (head) =>
    startsWith("RIFF")(head) && head.toString("latin1", 8, 12) === kind;

const textMatches =
  (pattern: RegExp): Matches =>
  (head) =>
    pattern.test(head.subarray(0, 512).toString("utf8"));

/** It has no signature of its own, but a palette or none, and fields that follow from that. https://www.dca.fee.unicamp.br/~martino/disciplinas/ea978/tgaffs.pdf */
const isTga: Matches = (head) => {
  const [, palette = 0, kind = 0] = head;
  const bits = head[16] ?? 0;
  if (palette === 1) return (kind === 1 || kind === 9) && bits === 8;
  const hasNoPalette = palette === 0 && head.subarray(3, 8).equals(Buffer.alloc(5));
  return hasNoPalette && [2, 3, 10, 11].includes(kind) && [8, 15, 16, 24, 32].includes(bits);
};

/** Version, compression and depth: https://www.fileformat.info/format/pcx/egff.htm */
const isPcx: Matches = ([signature, version = 0, compression = 0, bits = 0]) =>
  signature === 10 && version <= 5 && compression <= 1 && [1, 2, 4, 8].includes(bits);

const ACCEPTED: [AcceptedFormat, Matches][] = [
  ["jpeg", startsWith("\xff\xd8\xff")],
  ["png", startsWith("\x89PNG\r\n\x1a\n")],
  ["gif", startsWith("GIF87a", "GIF89a")],
  ["webp", isRiff("WEBP")],
  ["tiff", startsWith("II*\0", "MM\0*", "II+\0", "MM\0+")],
  ["avif", hasBrand("avif", "avis")],
  ["heic", isHeic],
];

const EXPORT_ADVICE = "Export it as a JPEG or a PNG, and upload that.";

/** Told apart only for the sake of the sentence; the order matters. */
const REFUSED: [kind: string, matches: Matches, advice?: string][] = [
  ["a PDF document", startsWith("%PDF-")],
  ["a camera RAW file (CR3)", hasBrand("crx "), RAW_ADVICE],
  [
    "a HEIC photograph",
    isHeic,
    "Export it as a JPEG, and upload that. An iPhone takes JPEGs when Settings, Camera, Formats says Most Compatible.",
  ],
  // By its main brand alone: videos name the sound's too, and the other way round.
  ["a sound recording", (head) => isIsoMedia(head) && /^M4[AB] /.test(head.toString("latin1", 8, 12))],
  ["a video", hasBrand("isom", "mp41", "mp42", "qt  ", "M4V ", "avc1", "iso2")],
  ["a HEIF or AVIF in its short form", hasBrand("mif3"), EXPORT_ADVICE],
  ["a video", isIsoMedia],
  ["a video", isRiff("AVI ")],
  ["a video", startsWith("\x1a\x45\xdf\xa3", "FLV\x01")],
  ["a sound recording", isRiff("WAVE")],
  ["a sound recording", startsWith("ID3", "fLaC", "OggS")],
  // AAC (ADTS), and MP3 without a title.
  ["a sound recording", startsWith("\xff\xf1", "\xff\xf9", "\xff\xfb", "\xff\xfa", "\xff\xf3", "\xff\xf2")],
  ["a Windows Media file", startsWith("\x30\x26\xb2\x75\x8e\x66\xcf\x11")],
  ["a ZIP archive", startsWith("PK\x03\x04", "PK\x05\x06")],
  ["a gzip archive", startsWith("\x1f\x8b")],
  ["a RAR archive", startsWith("Rar!\x1a\x07")],
  ["a 7-Zip archive", startsWith("7z\xbc\xaf\x27\x1c")],
  ["an Office document", startsWith("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")],
  ["a BMP image", startsWith("BM"), EXPORT_ADVICE],
  ["a TGA image", isTga, EXPORT_ADVICE],
  ["an icon (ICO)", startsWith("\0\0\x01\0", "\0\0\x02\0"), EXPORT_ADVICE],
  ["a Photoshop file", startsWith("8BPS"), EXPORT_ADVICE],
  ["a GIMP file", startsWith("gimp xcf"), EXPORT_ADVICE],
  ["a JPEG XL image", startsWith("\xff\x0a", "\0\0\0\x0cJXL "), EXPORT_ADVICE],
  ["a JPEG 2000 image", startsWith("\0\0\0\x0cjP  ", "\xff\x4f\xff\x51"), EXPORT_ADVICE],
  ["a JPEG XR image", startsWith("II\xbc\x01"), EXPORT_ADVICE],
  ["an OpenEXR image", startsWith("v/1\x01"), EXPORT_ADVICE],
  ["a Radiance HDR image", startsWith("#?RADIANCE", "#?RGBE"), EXPORT_ADVICE],
  ["an animation (MNG)", startsWith("\x8aMNG"), EXPORT_ADVICE],
  ["a QOI image", startsWith("qoif"), EXPORT_ADVICE],
  ["a DDS texture", startsWith("DDS "), EXPORT_ADVICE],
  ["a PCX image", isPcx, EXPORT_ADVICE],
  [
    "an SGI image",
    startsWith("\x01\xda\0\x01", "\x01\xda\0\x02", "\x01\xda\x01\x01", "\x01\xda\x01\x02"),
    EXPORT_ADVICE,
  ],
  ["a Cineon image", startsWith("\x80\x2a\x5f\xd7", "\xd7\x5f\x2a\x80"), EXPORT_ADVICE],
  ["a DPX image", startsWith("SDPX", "XPDS"), EXPORT_ADVICE],
  ["a FITS image", startsWith("SIMPLE  ="), EXPORT_ADVICE],
  ["an XPM image", startsWith("/* XPM */"), EXPORT_ADVICE],
  ["a DICOM image", (head) => head.toString("latin1", 128, 132) === "DICM", EXPORT_ADVICE],
  ["a PostScript drawing", startsWith("%!PS", "\xc5\xd0\xd3\xc6"), EXPORT_ADVICE],
  ["a Netpbm image", textMatches(/^P[1-7]\s+(#.*\s+)*(\d|WIDTH)/), EXPORT_ADVICE],
  ["a camera RAW file (RAF)", startsWith("FUJIFILMCCD-RAW"), RAW_ADVICE],
  ["a camera RAW file (RW2)", startsWith("IIU\0"), RAW_ADVICE],
  ["a camera RAW file (ORF)", startsWith("IIRO", "IIRS", "MMOR"), RAW_ADVICE],
  ["a camera RAW file (X3F)", startsWith("FOVb"), RAW_ADVICE],
  ["a camera RAW file (MRW)", startsWith("\0MRM"), RAW_ADVICE],
  ["an SVG drawing", textMatches(/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg|<svg)/is)],
  ["an HTML page", textMatches(/^\s*(<!doctype html|<html)/i)],
  ["text", (head) => head.length > 0 && !/\p{Cc}|\ufffd/u.test(textOf(head).replaceAll(/\s/g, ""))],
];

/** The head may end within a character; what is left of it is not held against the text. */
function textOf(head: Buffer): string {
  return new TextDecoder().decode(head.subarray(0, 512), { stream: true });
}
