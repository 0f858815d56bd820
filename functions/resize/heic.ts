/** Decodes HEIC, which sharp's libvips cannot: it has no decoder of HEVC. */
import { Worker } from "node:worker_threads";
import { corrupt } from "../shared/errors.ts";
import type { Cicp } from "../validate/cicp.ts";
import { type HeicLayout, heicLayout } from "../validate/heic.ts";
import type { HeicAnswer, HeicRequest } from "./heic-worker.ts";
import { tiffHead } from "./tiff-head.ts";

/** The file is not at fault: what is wrong with that, the decoder answers. */
export class HeicDecoderFailed extends Error {
  override readonly name = "HeicDecoderFailed";
}

/** Of pixels, as the decoder gives them: the head of a TIFF goes in front, at most this much without the colour profile. */
const HEAD_BYTES = 16_384;

/**
 * In a thread of its own, since what WebAssembly took of memory it gives back with its thread only.
 *
 * @param maxPixels that the decoder makes room for, whatever the coded pictures say.
 * @returns an uncompressed TIFF: upright, with the file's colour profile. `cicp`: what its coded picture says of colour.
 * @throws ImageRejected (CORRUPT)
 */
export async function heicAsTiff(
  bytes: Buffer,
  maxPixels: number,
): Promise<{ tiff: Buffer; cicp: Cicp | undefined }> {
  const layout = heicLayout(bytes);
  const headBytes = HEAD_BYTES + (layout.icc?.length ?? 0);
  const answer = await decodeInThread({ bytes, headBytes, maxPixels });
  if ("damage" in answer) throw corrupt(new Error(answer.damage));
  const { width, height, isPremultiplied, cicp } = answer;
  if (differs(width, layout.width) || differs(height, layout.height))
    throw corrupt(new Error(`It is ${width} x ${height} pixels, and not what it says.`));
  const samples = Buffer.from(answer.file);
  const { tiff, channels } = isOfGrey(layout.icc)
    ? withGreysOnly(samples, headBytes, answer.channels)
    : { tiff: samples, channels: answer.channels };
  tiff.set(tiffHead({ width, height, channels, isPremultiplied, icc: layout.icc, dataAt: headBytes }));
  return { tiff, cicp: saidOnlyByStream(layout) ? cicp : undefined };
}

/** https://www.color.org/specification/ICC.1-2022-05.pdf, 7.2.8 */
const isOfGrey = (icc: Buffer | undefined) => icc?.toString("latin1", 16, 20) === "GRAY";

/** One channel of three that are the same, since a profile of grey converts nothing else; and that of alpha. */
function withGreysOnly(
  samples: Buffer,
  headBytes: number,
  channels: 3 | 4,
): { tiff: Buffer; channels: 1 | 2 } {
  const kept = channels === 4 ? 2 : 1;
  const pixels = (samples.length - headBytes) / channels;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [from, to] = [headBytes + channels * pixel, headBytes + kept * pixel];
    samples[to] = samples[from] ?? 0;
    if (kept === 2) samples[to + 1] = samples[from + 3] ?? 0;
  }
  return { tiff: samples.subarray(0, headBytes + kept * pixels), channels: kept };
}

/** A crop to fractions of a pixel may be rounded in another way. */
const differs = (one: number, other: number) => Math.abs(one - other) > 1;

const saidOnlyByStream = ({ icc, cicp }: HeicLayout) => icc === undefined && cicp === undefined;

/** Beside the bundle there is the thread's own. */
const WORKER = new URL(
  import.meta.url.endsWith(".ts") ? "heic-worker.ts" : "heic-worker.mjs",
  import.meta.url,
);

async function decodeInThread(request: HeicRequest): Promise<HeicAnswer> {
  const worker = new Worker(WORKER, { workerData: request });
  try {
    return await new Promise<HeicAnswer>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (cause) =>
        reject(new HeicDecoderFailed("The decoder of HEIC failed.", { cause })),
      );
      worker.once("exit", () =>
        reject(new HeicDecoderFailed("The thread that decodes HEIC ended without an answer.")),
      );
    });
  } finally {
    await worker.terminate();
  }
}
