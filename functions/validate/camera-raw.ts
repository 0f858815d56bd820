/** Camera RAW that is built as a TIFF. A decoder of TIFF sees its preview, the size of a stamp. */
import type { Directory } from "./tiff-directories.ts";

export function isCameraRaw(bytes: Buffer, directories: Directory[]): boolean {
  return (
    markName(bytes) !== undefined ||
    directories.some(
      (directory) =>
        directory.has(DNG_VERSION) ||
        RAW_PHOTOMETRICS.has(directory.number(PHOTOMETRIC) ?? 0) ||
        RAW_COMPRESSIONS.has(directory.number(COMPRESSION) ?? 0),
    )
  );
}

/** @returns " (NEF)", or nothing where the maker has no format of its own. */
export function rawName(bytes: Buffer, directories: Directory[]): string {
  const isDng = directories.some((directory) => directory.has(DNG_VERSION));
  const name = markName(bytes) ?? (isDng ? "DNG" : makerName(directories[0]?.text(MAKE) ?? ""));
  return name === undefined ? "" : ` (${name})`;
}

/** Canon and Phase One write their own mark behind that of TIFF. */
function markName(bytes: Buffer): string | undefined {
  if (bytes.toString("latin1", 8, 10) === "CR" && bytes[10] === 2) return "CR2";
  const mark = bytes.toString("latin1", 8, 12);
  return mark === "IIII" || mark === "MMMM" ? "IIQ" : undefined;
}

function makerName(make: string): string | undefined {
  return MAKERS.find(([maker]) => make.toLowerCase().startsWith(maker))?.[1];
}

const MAKE = 271;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const DNG_VERSION = 50706;

/** A colour filter array, and the same after it was interpolated: https://helpx.adobe.com/camera-raw/digital-negative.html */
const RAW_PHOTOMETRICS = new Set([32803, 34892]);
/** Sony's, Kodak's and Samsung's, Nikon's, Kodak's, Pentax's own: https://exiftool.org/TagNames/EXIF.html#Compression */
const RAW_COMPRESSIONS = new Set([32767, 32769, 32770, 34713, 65000, 65535]);

const MAKERS: [start: string, extension: string][] = [
  ["nikon", "NEF"],
  ["sony", "ARW"],
  ["canon", "CR2"],
  ["pentax", "PEF"],
  ["ricoh", "PEF"],
  ["phase one", "IIQ"],
  ["hasselblad", "3FR"],
  ["samsung", "SRW"],
  ["kodak", "DCR"],
  ["eastman kodak", "DCR"],
  ["seiko epson", "ERF"],
  ["mamiya", "MEF"],
];
