/**
 * What kind of TIFF a file is, from its directories: the decoder takes camera RAW for its preview, shows tiles in a codec that it lacks
 * as black, and reads some samples as others. https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
 */
import { unsupported } from "../shared/errors.ts";
import { RAW_ADVICE } from "../shared/file-type.ts";
import { isCameraRaw, rawName } from "./camera-raw.ts";
import { countPages, type Directory, readDirectories } from "./tiff-directories.ts";

export interface TiffLayout {
  /** That of the picture, counted from 0: what comes before it is smaller copies of it. */
  page: number;
  /** Undefined where the picture is in strips. */
  tileWidth: number | undefined;
  tileHeight: number | undefined;
  /** Each channel for itself. */
  isPlanar: boolean;
  samplesPerPixel: number;
  bitsPerSample: number;
  hasAlpha: boolean;
  /** Channels that are neither colour nor transparency, which lie behind those. */
  hasExtraChannels: boolean;
}

/**
 * @param bytes the whole file.
 * @throws ImageRejected (UNSUPPORTED_TYPE) with the name of a kind that would not come out right.
 */
export function assertReadableTiff(bytes: Buffer): void {
  const directories = readDirectories(bytes);
  if (isCameraRaw(bytes, directories))
    throw unsupported(`a camera RAW file${rawName(bytes, directories)}`, RAW_ADVICE);
  // The decoder goes through all pages before it shows the first one, each time that it opens the file.
  if (countPages(bytes, MAX_PAGES + 1) > MAX_PAGES)
    throw unsupported(
      `a TIFF of more than ${MAX_PAGES.toLocaleString("en-US")} pages`,
      "Upload the page that you want to show.",
    );
  // The decoder says what is wrong with a file that has no directory.
  const picture = pictureOf(directories);
  const kind = picture && unreadableKind(picture);
  if (kind !== undefined)
    throw unsupported(kind, "Export it as 8 or 16-bit RGB with LZW or Deflate compression, or as a PNG.");
}

const MAX_PAGES = 2000;

/** @returns undefined where there is no directory. */
export function tiffLayout(bytes: Buffer): TiffLayout | undefined {
  const picture = pictureOf(readDirectories(bytes));
  if (picture === undefined) return undefined;
  const samplesPerPixel = picture.number(TAG.samplesPerPixel) ?? 1;
  const bitsPerSample = picture.number(TAG.bitsPerSample) ?? 1;
  return {
    page: picture.page ?? 0,
    tileWidth: picture.number(TAG.tileWidth),
    tileHeight: picture.number(TAG.tileHeight),
    isPlanar: picture.number(TAG.planarConfiguration) === SEPARATE,
    samplesPerPixel,
    bitsPerSample,
    hasAlpha: hasAlpha(picture),
    hasExtraChannels: extraChannels(picture) > (hasAlpha(picture) ? 1 : 0),
  };
}

/** 1 and 2 are transparency, 0 is unspecified: a saved selection, a spot colour. Who writes no such field means transparency. */
function hasAlpha(directory: Directory): boolean {
  const extra = extraChannels(directory);
  const [kind] = directory.numbers(TAG.extraSamples);
  return extra > 0 && (kind === undefined ? extra === 1 : kind === 1 || kind === 2);
}

function extraChannels(directory: Directory): number {
  const samplesPerPixel = directory.number(TAG.samplesPerPixel) ?? 1;
  return samplesPerPixel - colourChannels(directory, samplesPerPixel);
}

/** Some programs put a thumbnail first. */
function pictureOf(directories: Directory[]): Directory | undefined {
  const isPicture = (directory: Directory) =>
    directory.page !== undefined && ((directory.number(TAG.kindOfPage) ?? 0) & NO_PICTURE) === 0;
  return directories.find(isPicture) ?? directories[0];
}

function colourChannels(directory: Directory, samplesPerPixel: number): number {
  switch (directory.number(TAG.photometric)) {
    case PHOTOMETRIC.whiteIsZero:
    case PHOTOMETRIC.blackIsZero:
    case PHOTOMETRIC.palette:
      return 1;
    case PHOTOMETRIC.inks:
      return Math.min(4, samplesPerPixel);
    default:
      return Math.min(3, samplesPerPixel);
  }
}

/** @returns what a file is that would be refused as damaged, or come out wrong; undefined for all others. */
function unreadableKind(directory: Directory): string | undefined {
  const compression = directory.number(TAG.compression) ?? 1;
  const photometric = directory.number(TAG.photometric) ?? PHOTOMETRIC.blackIsZero;
  const isTiled = directory.number(TAG.tileWidth) !== undefined;
  if (!READABLE_COMPRESSIONS.has(compression))
    return `a TIFF compressed with ${COMPRESSION_NAMES[compression] ?? `method ${compression}, which is not known here`}`;
  if (directory.number(TAG.planarConfiguration) === SEPARATE) {
    if (isTiled) return "a TIFF whose channels are in tiles of their own";
    // The decoder mixes them up.
    if (directory.number(TAG.samplesPerPixel) === 2) return "a TIFF whose two channels lie apart";
  }
  return unreadableColour(directory, photometric, compression) ?? unreadableSamples(directory, photometric);
}

function unreadableColour(
  directory: Directory,
  photometric: number,
  compression: number,
): string | undefined {
  switch (photometric) {
    case PHOTOMETRIC.whiteIsZero:
    case PHOTOMETRIC.blackIsZero:
    case PHOTOMETRIC.rgb:
    case PHOTOMETRIC.palette:
      return undefined;
    case PHOTOMETRIC.inks:
      return (directory.number(TAG.inkSet) ?? CMYK) === CMYK &&
        (directory.number(TAG.samplesPerPixel) ?? 1) >= 4
        ? undefined
        : "a TIFF of other inks than CMYK";
    case PHOTOMETRIC.yCbCr:
      // Of JPEG, the decoder makes RGB.
      return compression === JPEG ? undefined : "a YCbCr TIFF";
    // The decoder knows it with the wrong white only.
    case PHOTOMETRIC.lab:
    case PHOTOMETRIC.iccLab:
    case PHOTOMETRIC.ituLab:
      return "a Lab TIFF";
    case PHOTOMETRIC.logL:
    case PHOTOMETRIC.logLuv:
      return "a LogLuv TIFF";
    case PHOTOMETRIC.mask:
      return "a TIFF that is a mask";
    default:
      return `a TIFF in a colour space that is not known here (number ${photometric})`;
  }
}

function unreadableSamples(directory: Directory, photometric: number): string | undefined {
  const sizes = directory.numbers(TAG.bitsPerSample);
  const bits = sizes[0] ?? 1;
  const isGrey = photometric === PHOTOMETRIC.whiteIsZero || photometric === PHOTOMETRIC.blackIsZero;
  if (sizes.some((each) => each !== bits)) return "a TIFF whose channels have different depths";
  switch (directory.number(TAG.sampleFormat) ?? UNSIGNED) {
    case SIGNED:
      return "a TIFF of signed samples";
    case FLOATING:
      // Colour is linear, from 0 to 1, in all that write it. What grey means is anybody's guess.
      if (isGrey) return "a grey TIFF of floating-point samples";
      // Converted by a profile they come out black.
      if (directory.has(TAG.iccProfile)) return "a TIFF of floating-point samples with a colour profile";
      return photometric === PHOTOMETRIC.rgb && (bits === 16 || bits === 32)
        ? undefined
        : "a TIFF of floating-point samples";
    case COMPLEX_INTEGER:
    case COMPLEX:
      return "a TIFF of complex numbers";
  }
  // The decoder takes 16 bits of transparency for 8.
  if (bits === 16 && photometric === PHOTOMETRIC.inks && hasAlpha(directory))
    return "a CMYK TIFF of 16 bits with transparency";
  if (bits === 8 || bits === 16) return undefined;
  const isFine = (bits === 1 || bits === 2 || bits === 4) && (isGrey || photometric === PHOTOMETRIC.palette);
  return isFine ? undefined : `a TIFF of ${bits}-bit samples`;
}

const TAG = {
  kindOfPage: 254,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  samplesPerPixel: 277,
  planarConfiguration: 284,
  tileWidth: 322,
  tileHeight: 323,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  iccProfile: 34675,
};

const PHOTOMETRIC = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  mask: 4,
  inks: 5,
  yCbCr: 6,
  lab: 8,
  iccLab: 9,
  ituLab: 10,
  logL: 32844,
  logLuv: 32845,
};

/** A smaller copy of another one, or a mask. */
const NO_PICTURE = 0b101;
const SEPARATE = 2;
const CMYK = 1;
const UNSIGNED = 1;
const SIGNED = 2;
const FLOATING = 3;
const COMPLEX_INTEGER = 5;
const COMPLEX = 6;
const JPEG = 7;

/** What the libtiff in sharp's build decodes: none, CCITT, LZW, JPEG, Deflate, PackBits, WebP. */
const READABLE_COMPRESSIONS = new Set([1, 2, 3, 4, 5, JPEG, 8, 32771, 32773, 32946, 50001]);

const COMPRESSION_NAMES: Record<number, string> = {
  6: "old-style JPEG",
  9: "JBIG",
  10: "JBIG",
  32766: "NeXT RLE",
  32809: "ThunderScan RLE",
  33003: "JPEG 2000",
  33004: "JPEG 2000",
  33005: "JPEG 2000",
  34661: "JBIG",
  34676: "SGI Log",
  34677: "SGI Log",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50000: "Zstandard",
  50002: "JPEG XL",
  52546: "JPEG XL",
};
