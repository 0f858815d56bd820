/** `quality: "auto"`: about the lowest quality at which a picture still looks like what it was made of, in two tries at most. */
import sharp from "sharp";
import { firstFrame } from "../shared/pixels.ts";
import type { OutputFormat } from "../shared/preset.ts";
import type { Canvas, Encoder, Tried } from "./encoders.ts";
import { lumaOf, similarity } from "./similarity.ts";

/** SSIM. Most people see no difference above it, side by side. */
export const TARGET_SIMILARITY = 0.96;

type Lossy = Exclude<OutputFormat, "png">;

interface Scale {
  /** The quality that most photographs need about. */
  usual: number;
  /** Below, colours suffer, which are not measured; above, files grow for noise and stars that nobody would miss. */
  least: number;
  most: number;
  /** How coarse a quality is: what is lost of similarity grows with e to the power of this, times `steepness`. */
  coarseness(quality: number): number;
  /** Measured on photographs; above which most are, for going down, and below which most are, for going up. */
  steepness: { down: number; up: number };
}

const SCALES: Record<Lossy, Scale> = {
  // How libjpeg scales its tables of quantizers (jpeg_quality_scaling).
  jpeg: {
    usual: 76,
    least: 45,
    most: 82,
    coarseness: (quality) => Math.log(quality < 50 ? 5000 / quality : 200 - 2 * quality),
    steepness: { down: 1, up: 0.65 },
  },
  // How libwebp goes from quality to quantizer (QualityToCompression).
  webp: {
    usual: 74,
    least: 45,
    most: 82,
    coarseness: (quality) => {
      const linear = quality < 75 ? quality / 150 : quality / 50 - 1;
      return Math.log(127 * (1 - Math.cbrt(linear)));
    },
    steepness: { down: 1.35, up: 0.9 },
  },
  avif: {
    usual: 55,
    least: 30,
    most: 64,
    coarseness: (quality) => -quality / 20,
    steepness: { down: 1.1, up: 0.75 },
  },
};

export async function encodeAlike(canvas: Canvas, format: Lossy, at: Encoder): Promise<Tried> {
  const { usual, steepness } = SCALES[format];
  const wanted = await lumaOf(firstFrame(canvas.pixels));
  const lossOf = async (file: Buffer) =>
    Math.max(1e-6, 1 - similarity(wanted, await lumaOf(sharp(file, { ignoreIcc: true }))));
  const most = 1 - TARGET_SIMILARITY;
  const first: Tried = { file: await at(usual), quality: usual };
  const loss = await lossOf(first.file);
  const isGoodEnough = loss <= most;
  const quality = qualityFor(format, usual, Math.log(most / loss) / steepness[isGoodEnough ? "down" : "up"]);
  if (quality === usual) return first;
  const second: Tried = { file: await at(quality), quality };
  if (!isGoodEnough) return second;
  return second.file.length < first.file.length && (await lossOf(second.file)) <= most ? second : first;
}

/** The lowest quality that is coarser than another one by no more than that. */
function qualityFor(format: Lossy, quality: number, coarser: number): number {
  const { coarseness, least, most } = SCALES[format];
  const allowed = coarseness(quality) + coarser;
  for (let lower = least; lower < most; lower++) if (coarseness(lower) <= allowed) return lower;
  return most;
}
