/** Decodes an original, once: upright, in sRGB (or in Display P3), at the size that is asked for. Read `decode` as the list of what is put right. */
import sharp, { type Metadata, type OutputInfo, type Sharp } from "sharp";
import { corrupt, ImageRejected } from "../shared/errors.ts";
import { framesOf, joined, type Pixels, pixelsFrom } from "../shared/pixels.ts";
import type { Limits } from "../shared/settings.ts";
import type { Animation, Original } from "../shared/state.ts";
import { asStillAvif } from "../validate/avif.ts";
import type { Cicp } from "../validate/cicp.ts";
import { gifLayout, withTransparency } from "../validate/gif.ts";
import { isLyingOnItsSide, orientationFromXmp } from "../validate/orientation.ts";
import { withAlphaTurned } from "../validate/picture-items.ts";
import type { Colorimetry } from "../validate/png.ts";
import { withMetadataFirst } from "../validate/png-metadata.ts";
import { toSrgb } from "./colour.ts";
import { isWithoutEnd, type Remarks, verdictOn } from "./damage.ts";
import { DISPLAY_P3, isInDisplayP3 } from "./display-p3.ts";
import type { Size } from "./geometry.ts";
import { unusedIndices } from "./gif-data.ts";
import { HeicDecoderFailed, heicAsTiff } from "./heic.ts";
import { withoutOddities } from "./jpeg-oddities.ts";
import { assertScansAreWhole } from "./jpeg-scans.ts";
import { assertFits } from "./memory.ts";
import { divideByAlpha, keepChannels, stretchAlpha, stretchColours } from "./samples.ts";
import { converted, hasToBeMended, type Traits, traitsOf } from "./traits.ts";

export interface Decoded {
  pixels: Pixels;
  /** Where the samples are not in sRGB. */
  colourSpace: "display-p3" | undefined;
  animation: Animation | undefined;
}

export interface DecodeLimits extends Limits {
  /** Of the whole process; without it, there is enough. */
  memoryBytes?: number | undefined;
  /** Leaves a still picture in Display P3 that is in it. */
  keepsDisplayP3?: boolean | undefined;
}

/**
 * @param original what `validate` said of the file.
 * @throws ImageRejected (CORRUPT) when the pixels cannot be decoded to the end; (TOO_MANY_PIXELS) when that took too much memory.
 */
export async function decode(
  bytes: Buffer,
  original: Known,
  size: Size,
  limits: DecodeLimits,
): Promise<Decoded> {
  const decodeOnce = (file: Buffer) => attempt(file, original, size, limits);
  const { decoded, remarks } =
    original.format === "jpeg" ? await decodeJpeg(bytes, decodeOnce) : await decodeOnce(bytes);
  if (verdictOn(remarks) === "whole") return decoded;
  throw corrupt(new Error([...remarks.header, ...remarks.decoding].join("\n")));
}

type Known = Pick<Original, "format" | "width" | "height" | "frames">;

/** Once more without what may be harmless, where that is not clear. */
async function decodeJpeg(bytes: Buffer, decodeOnce: (file: Buffer) => Promise<Attempt>): Promise<Attempt> {
  assertScansAreWhole(bytes);
  const mended = () => decodeOnce(withoutOddities(bytes));
  const first = await decodeOnce(bytes).catch((error: unknown) => {
    if (isWithoutEnd(error)) return mended();
    throw error;
  });
  return verdictOn(first.remarks) === "unclear" ? mended() : first;
}

interface Attempt {
  decoded: Decoded;
  remarks: Remarks;
}

/** What the decoder gives, and what it says of it. */
async function attempt(bytes: Buffer, original: Known, size: Size, limits: DecodeLimits): Promise<Attempt> {
  const { frames } = original;
  const animated = frames > 1;
  const warnings: string[] = [];
  try {
    const { image, traits } = await readable(bytes, original, limits);
    const open = (ignoreIcc: boolean) =>
      sharp(image, {
        ...(animated && { pages: frames }),
        ...(traits.page && { page: traits.page }),
        ignoreIcc,
        // Of tiles, libvips tells no errors below this; of strips, it takes an unknown field for one.
        failOn: traits.isTiled ? "warning" : "error",
        limitInputPixels: limits.maxPixels,
        limitInputChannels: MAX_CHANNELS,
      }).on("warning", (warning: string) => warnings.push(warning));
    const converting = open(false);
    const metadata = await converting.metadata();
    const header = warnings.splice(0);
    const staysInP3 = limits.keepsDisplayP3 === true && !animated && isInDisplayP3(metadata, traits.cicp);
    const source = staysInP3 ? open(true) : converting;
    assertFits(bytes, original, metadata, limits.memoryBytes ?? Number.POSITIVE_INFINITY);
    // sharp leaves out the profile of grey in 16 bits, and takes that in 8.
    if (metadata.space === "grey16" && metadata.icc) source.pipelineColourspace("b-w");
    const upright = animated ? source : turned(source.autoOrient(), orientationFromXmp(metadata));
    // sharp turns no animation.
    const lies = animated ? (metadata.orientation ?? orientationFromXmp(metadata)) : undefined;
    const colour = staysInP3
      ? undefined
      : (traits.cicp ?? traits.colorimetry ?? (isConvertedToP3(metadata) ? DISPLAY_P3 : undefined));
    const samplesOf = (image: Sharp) => (colour ? convertedToSrgb(image, colour, warnings) : inSrgb(image));
    const shrunk = (image: Sharp) => image.resize({ ...asItLies(size, lies), fit: "fill" });
    const raw = hasToBeMended(traits)
      ? await inSrgb(shrunk(mended(await samplesOf(upright), traits)))
      : await samplesOf(shrunk(upright));
    const pixels = await turnedFrames(pixelsFrom(raw, frames), lies);
    const colourSpace = staysInP3 ? ("display-p3" as const) : undefined;
    return {
      decoded: { pixels, colourSpace, animation: animated ? animationFrom(metadata, frames) : undefined },
      remarks: { header, decoding: warnings },
    };
  } catch (error) {
    if (error instanceof ImageRejected || isOurFault(error)) throw error;
    throw corrupt(error);
  }
}

/** What sharp can read, and what has to be put right of it. */
async function readable(
  bytes: Buffer,
  original: Known,
  { memoryBytes = Number.POSITIVE_INFINITY, maxPixels, maxFrames }: DecodeLimits,
): Promise<{ image: Buffer; traits: Traits }> {
  const { format } = original;
  const traits = traitsOf(bytes, format);
  if (format === "avif") return { image: withAlphaTurned(asStillAvif(bytes)), traits };
  if (format === "gif") {
    const layout = gifLayout(bytes, maxFrames);
    // Frames that are not whole are refused there.
    return { image: withTransparency(bytes, layout, unusedIndices(bytes, layout)), traits };
  }
  if (format === "png") return { image: withMetadataFirst(bytes), traits };
  if (format !== "heic") return { image: bytes, traits };
  assertFits(bytes, original, {}, memoryBytes);
  const { tiff, cicp } = await heicAsTiff(withAlphaTurned(bytes), maxPixels);
  return { image: tiff, traits: { ...traits, ...converted(cicp) } };
}

/** libtiff's own limit is higher; nothing that people call a picture has more. */
const MAX_CHANNELS = 64;

interface Samples {
  data: Buffer;
  info: OutputInfo;
}

const inSrgb = (image: Sharp): Promise<Samples> =>
  image.toColourspace("srgb").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });

/** sharp works on 16 bits with a profile in Display P3, and gives them out as they are. */
function isConvertedToP3({ space, icc }: Metadata): boolean {
  return space === "rgb16" && icc !== undefined;
}

const SRGB: Cicp = { primaries: 1, transfer: 13, matrix: 0 };

/** In 16 bits up to the end, since colours that are stored linear have their shadows in the lowest of them. */
async function convertedToSrgb(
  image: Sharp,
  colour: Cicp | Colorimetry,
  warnings: string[],
): Promise<Samples> {
  const { data, info } = await image
    .toColourspace("rgb16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  // A profile that is none converts nothing.
  const isUnconverted = colour === DISPLAY_P3 && warnings.includes("Invalid embedded profile");
  return { data: toSrgb(samples, info.channels, isUnconverted ? SRGB : colour), info };
}

/** Of samples at full size: a resize takes the last channel for transparency, and multiplies all others with it. */
function mended({ data, info }: Samples, traits: Traits): Sharp {
  const channels = traits.keptChannels ?? info.channels;
  const kept = traits.keptChannels ? keepChannels(data, info.channels, traits.keptChannels) : data;
  if (traits.hasLimitedGreys) stretchColours(kept, channels);
  if (traits.hasLimitedAlpha) stretchAlpha(kept, channels);
  if (traits.isPremultiplied) divideByAlpha(kept, channels);
  return sharp(kept, { raw: { width: info.width, height: info.height, channels } });
}

function asItLies({ width, height }: Size, orientation: number | undefined): Size {
  return isLyingOnItsSide(orientation) ? { width: height, height: width } : { width, height };
}

async function turnedFrames(pixels: Pixels, orientation: number | undefined): Promise<Pixels> {
  if (orientation === undefined || orientation === 1) return pixels;
  return joined(framesOf(pixels), pixels.frames, (frame) => turned(frame, orientation));
}

/** sharp mirrors first and turns then. */
function turned(image: Sharp, orientation: number | undefined): Sharp {
  switch (orientation) {
    case 2:
      return image.flop();
    case 3:
      return image.rotate(180);
    case 4:
      return image.flip();
    case 5:
      return image.rotate(270).flop();
    case 6:
      return image.rotate(90);
    case 7:
      return image.rotate(90).flop();
    case 8:
      return image.rotate(270);
    default:
      return image;
  }
}

/** libvips tells by words alone whether the file or the machine gave out. */
function isOurFault(error: unknown): boolean {
  if (error instanceof HeicDecoderFailed) return true;
  return (
    error instanceof Error && /out of memory|unable to allocate|thread|No space left/i.test(error.message)
  );
}

const DEFAULT_DELAY_MS = 100;

function animationFrom({ delay, loop }: Metadata, frames: number): Animation {
  const delaysMs = Array.from({ length: frames }, (_, frame) => delay?.[frame] ?? DEFAULT_DELAY_MS);
  return { delaysMs, loop: loop ?? 0 };
}
