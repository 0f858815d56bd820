/** Decides from a file's first bytes, or from all of them where it must, whether it can be processed. */
import sharp, { type Metadata } from "sharp";
import { corrupt, ImageRejected } from "../shared/errors.ts";
import { acceptedOrRefusal, type Takes } from "../shared/file-type.ts";
import type { Rights } from "../shared/rights.ts";
import type { Limits } from "../shared/settings.ts";
import type { AcceptedFormat, Camera } from "../shared/state.ts";
import { blockUntrustedLoaders } from "../shared/untrusted.ts";
import { asStillAvif, assertReadableAvif } from "./avif.ts";
import { cameraFrom } from "./camera.ts";
import { gifLayout } from "./gif.ts";
import { heicLayout } from "./heic.ts";
import { assertReadableJpeg } from "./jpeg.ts";
import { isLyingOnItsSide, orientationFromXmp } from "./orientation.ts";
import { assertReadablePng } from "./png.ts";
import { withMetadataFirst } from "./png-metadata.ts";
import { rightsFrom } from "./rights.ts";
import { assertReadableTiff, tiffLayout } from "./tiff.ts";
import { webpFrames } from "./webp.ts";

blockUntrustedLoaders();

/** How much of a file is read first: enough for the header of nearly every photograph, EXIF included. */
export const HEAD_BYTES = 64 * 1024;

export interface Inspected {
  format: AcceptedFormat;
  /** Pixels, after orientation, of one frame. */
  width: number;
  height: number;
  frames: number;
  camera?: Camera;
  /** Of the file, whether or not they are kept. */
  rights?: Rights;
}

/**
 * @param head the first HEAD_BYTES of the file (all of it when it is shorter).
 * @param totalBytes the size of the whole file.
 * @param readWhole gives the whole file; called only when the head does not decide.
 * @param name of the file. It decides nothing; a refusal says when it claims to be of an accepted type.
 * @param takes what is accepted and need not be.
 * @throws ImageRejected with a sentence for the person who uploaded the file.
 */
export async function inspect(
  head: Buffer,
  totalBytes: number,
  limits: Limits,
  readWhole: () => Promise<Buffer>,
  name = "",
  takes: Takes = { heic: true },
): Promise<Inspected> {
  assertSize(totalBytes, limits);
  const format = acceptedFormatOf(head, name, takes);
  const header: Header =
    format === "heic"
      ? heicLayout(head.length >= totalBytes ? head : await readWhole())
      : uprightOf(await headerOf(head, format, totalBytes, limits, readWhole));
  const { width, height, pages = 1 } = header;
  const frames = ANIMATED_FORMATS.has(format) ? pages : 1;
  assertPixels(width, height, frames, limits);
  const camera = cameraFrom(header.exif);
  const rights = rightsFrom(header);
  return { format, width, height, frames, ...(camera && { camera }), ...(rights && { rights }) };
}

interface Header {
  width: number;
  height: number;
  pages?: number | undefined;
  exif?: Buffer | undefined;
  iptc?: Buffer | undefined;
  xmp?: Buffer | undefined;
  /** The whole file, where it is a TIFF. */
  tiff?: Buffer | undefined;
}

function uprightOf(header: Parsed): Header {
  const { width, height } = header.autoOrient;
  const size = isLyingOnItsSide(orientationFromXmp(header))
    ? { width: height, height: width }
    : { width, height };
  const { pages, exif, iptc, xmp, tiff } = header;
  return { ...size, pages, exif, iptc, xmp, tiff };
}

type Parsed = Metadata & Pick<Header, "tiff">;

const ANIMATED_FORMATS = new Set<AcceptedFormat>(["gif", "webp"]);

function assertSize(totalBytes: number, { maxBytes }: Limits): void {
  if (totalBytes === 0) throw new ImageRejected("EMPTY", "The file is empty. Upload it again.");
  if (totalBytes > maxBytes)
    throw new ImageRejected(
      "TOO_MANY_BYTES",
      `The file has ${count(totalBytes)} bytes; at most ${count(maxBytes)} are accepted. Upload a smaller one.`,
    );
}

function acceptedFormatOf(head: Buffer, name: string, takes: Takes): AcceptedFormat {
  const type = acceptedOrRefusal(head, name, takes);
  if ("refusal" in type) throw new ImageRejected("UNSUPPORTED_TYPE", type.refusal);
  return type.accepted;
}

/**
 * JPEG and AVIF say all in their header (HEIC too, with its EXIF anywhere: it is read whole). GIF and WebP spread their frames over the file, and a TIFF's
 * directory may be at its end, so those are read whole. So are PNGs: EXIF, and with it which side is up, may lie behind the pixels, and how far before
 * the end is not known, so that reading the last bytes alone would be a guess.
 */
async function headerOf(
  head: Buffer,
  format: AcceptedFormat,
  totalBytes: number,
  limits: Limits,
  readWhole: () => Promise<Buffer>,
): Promise<Parsed> {
  const isWhole = head.length >= totalBytes;
  if (isWhole || !HEADER_DECIDES.has(format)) {
    const whole = isWhole ? head : await readWhole();
    // The decoder takes memory for each frame, of which there may be millions.
    if (ANIMATED_FORMATS.has(format)) assertFrames(framesIn(whole, format, limits), limits);
    return parseHeader(whole, format, limits);
  }
  try {
    return await parseHeader(head, format, limits);
  } catch (error) {
    if (error instanceof ImageRejected && error.code === "UNSUPPORTED_TYPE") throw error;
    // A large colour profile or thumbnail can push the header past what was read.
    return parseHeader(await readWhole(), format, limits);
  }
}

function framesIn(bytes: Buffer, format: AcceptedFormat, { maxFrames }: Limits): number {
  if (format !== "gif") return webpFrames(bytes);
  const { frames, isWhole } = gifLayout(bytes, maxFrames);
  if (!isWhole) throw corrupt(new Error("The GIF has no trailer."));
  return frames;
}

const HEADER_DECIDES = new Set<AcceptedFormat>(["jpeg", "avif"]);

async function parseHeader(bytes: Buffer, format: AcceptedFormat, { maxFrames }: Limits): Promise<Parsed> {
  assertReadable(bytes, format);
  try {
    // Pixels are counted here rather than by sharp, for the sake of the sentence.
    const metadata = await sharp(readableBySharp(bytes, format), {
      ...(format === "tiff" && { page: tiffLayout(bytes)?.page ?? 0 }),
      limitInputPixels: false,
      limitInputChannels: false,
      failOn: "error",
    }).metadata();
    return {
      ...metadata,
      ...(format === "gif" && { xmp: gifLayout(bytes, maxFrames).xmp }),
      tiff: format === "tiff" ? bytes : undefined,
    };
  } catch (error) {
    throw corrupt(error);
  }
}

function readableBySharp(bytes: Buffer, format: AcceptedFormat): Buffer {
  if (format === "avif") return asStillAvif(bytes);
  return format === "png" ? withMetadataFirst(bytes) : bytes;
}

/** @throws ImageRejected (UNSUPPORTED_TYPE) with the name of a kind that would not come out right. */
function assertReadable(bytes: Buffer, format: AcceptedFormat): void {
  if (format === "jpeg") assertReadableJpeg(bytes);
  if (format === "tiff") assertReadableTiff(bytes);
  if (format === "avif") assertReadableAvif(bytes);
  if (format === "png") assertReadablePng(bytes);
}

function assertFrames(frames: number, { maxFrames }: Limits): void {
  if (frames > maxFrames)
    throw new ImageRejected(
      "TOO_MANY_FRAMES",
      `The animation has ${count(frames)} frames; at most ${count(maxFrames)} are accepted. Shorten it.`,
    );
}

function assertPixels(width: number, height: number, frames: number, limits: Limits): void {
  assertFrames(frames, limits);
  const pixels = width * height * frames;
  if (pixels > limits.maxPixels) {
    const size = `${count(width)} x ${count(height)} pixels${frames > 1 ? ` in ${count(frames)} frames` : ""}`;
    throw new ImageRejected(
      "TOO_MANY_PIXELS",
      `The image has ${size}; at most ${count(limits.maxPixels)} pixels in all are accepted. Make it smaller.`,
    );
  }
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
