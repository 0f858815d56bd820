/** Decides from a file's first bytes, or from all of them where it must, whether it can be processed. */
import sharp, { type Metadata } from "sharp";
import { corrupt, ImageRejected } from "../shared/errors.ts";
import type { Limits } from "../shared/settings.ts";
import { ACCEPTED_FORMATS, type AcceptedFormat, type Camera } from "../shared/state.ts";
import { blockUntrustedLoaders } from "../shared/untrusted.ts";
import { cameraFrom } from "./camera.ts";
import { fileTypeOf } from "./file-type.ts";
import { isWholeGif } from "./gif.ts";
import { assertReadableTiff } from "./tiff.ts";

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
}

/**
 * @param head the first HEAD_BYTES of the file (all of it when it is shorter).
 * @param totalBytes the size of the whole file.
 * @param readWhole gives the whole file; called only when the head does not decide.
 * @throws ImageRejected with a sentence for the person who uploaded the file.
 */
export async function inspect(
  head: Buffer,
  totalBytes: number,
  limits: Limits,
  readWhole: () => Promise<Buffer>,
): Promise<Inspected> {
  assertSize(totalBytes, limits);
  const format = acceptedFormatOf(head);
  const header = await headerOf(head, format, totalBytes, readWhole);
  const frames = ANIMATED_FORMATS.has(format) ? (header.pages ?? 1) : 1;
  const { width, height } = header.autoOrient;
  assertPixels(width, height, frames, limits);
  const camera = cameraFrom(header.exif);
  return { format, width, height, frames, ...(camera === undefined ? {} : { camera }) };
}

const ANIMATED_FORMATS = new Set<AcceptedFormat>(["gif", "webp"]);

function assertSize(totalBytes: number, { maxBytes }: Limits): void {
  if (totalBytes === 0) throw new ImageRejected("EMPTY", "The file is empty. Upload it again.");
  if (totalBytes > maxBytes)
    throw new ImageRejected(
      "TOO_MANY_BYTES",
      `The file has ${count(totalBytes)} bytes; at most ${count(maxBytes)} are accepted. Upload a smaller one.`,
    );
}

function acceptedFormatOf(head: Buffer): AcceptedFormat {
  const type = fileTypeOf(head);
  if ("accepted" in type) return type.accepted;
  const accepted = new Intl.ListFormat("en", { type: "disjunction" }).format(
    ACCEPTED_FORMATS.map((format) => (format === "webp" ? "WebP" : format.toUpperCase())),
  );
  throw new ImageRejected(
    "UNSUPPORTED_TYPE",
    `This is ${type.refused}, whatever its name says. Upload a ${accepted} image.`,
  );
}

/**
 * JPEG, PNG and AVIF say all in their header. GIF and WebP spread their frames over the file, and a TIFF's
 * directory may be at its end, so those are read whole.
 */
async function headerOf(
  head: Buffer,
  format: AcceptedFormat,
  totalBytes: number,
  readWhole: () => Promise<Buffer>,
): Promise<Metadata> {
  const isWhole = head.length >= totalBytes;
  if (isWhole || !HEADER_DECIDES.has(format)) {
    const whole = isWhole ? head : await readWhole();
    if (format === "gif" && !isWholeGif(whole)) throw corrupt(new Error("The GIF has no trailer."));
    if (format === "tiff") assertReadableTiff(whole);
    return parseHeader(whole);
  }
  try {
    return await parseHeader(head);
  } catch {
    // A large colour profile or thumbnail can push the header past what was read.
    return parseHeader(await readWhole());
  }
}

const HEADER_DECIDES = new Set<AcceptedFormat>(["jpeg", "png", "avif"]);

async function parseHeader(bytes: Buffer): Promise<Metadata> {
  try {
    // Pixels are counted here rather than by sharp, for the sake of the sentence.
    return await sharp(bytes, {
      limitInputPixels: false,
      limitInputChannels: false,
      failOn: "error",
    }).metadata();
  } catch (error) {
    throw corrupt(error);
  }
}

function assertPixels(width: number, height: number, frames: number, limits: Limits): void {
  if (frames > limits.maxFrames)
    throw new ImageRejected(
      "TOO_MANY_FRAMES",
      `The animation has ${count(frames)} frames; at most ${count(limits.maxFrames)} are accepted. Shorten it.`,
    );
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
