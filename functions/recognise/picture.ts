/** The picture that is looked at: one of those that were staged, as a JPEG. */
import sharp from "sharp";
import type { Variant } from "../shared/preset.ts";
import type { StagedVariant } from "../shared/state.ts";

/**
 * What Rekognition takes for DetectLabels is at least 80 pixels a side; it sees no more in a larger picture than in one of about a
 * thousand. https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
 */
export const VIEW = { leastSide: 80, mostSide: 1024 };

/** Bytes are taken up to 5 MB. Of this quality a picture of a megapixel has no more than one. */
const QUALITY = 85;

/**
 * The largest that is no larger than wanted, or else the smallest that is; whole pictures before cropped ones.
 * @param variants of the preset, which say what is cropped.
 * @returns undefined when all are too small.
 */
export function chooseView(staged: StagedVariant[], variants: Variant[] = []): StagedVariant | undefined {
  const cropped = new Set(variants.filter(({ fit }) => fit === "cover").map(({ name }) => name));
  const rank = ({ name, width, height }: StagedVariant) => {
    const excess = Math.max(width, height) - VIEW.mostSide;
    // First the whole, then those that need not be made smaller, then the nearest.
    return [Number(cropped.has(name)), Number(excess > 0), Math.abs(excess)];
  };
  return staged
    .filter(({ width, height }) => Math.min(width, height) >= VIEW.leastSide)
    .toSorted(
      (a, b) =>
        rank(a)
          .map((part, index) => part - (rank(b)[index] ?? 0))
          .find((part) => part !== 0) ?? 0,
    )[0];
}

/** @param pixels of the first frame. */
export function jpegOf(pixels: Buffer, { width, height, channels }: StagedVariant): Promise<Buffer> {
  const { mostSide } = VIEW;
  return (
    sharp(pixels, { raw: { width, height, channels } })
      .flatten({ background: "#ffffff" })
      // A panorama keeps some of its height: Rekognition takes no less.
      .resize(mostSide, mostSide, { fit: fitFor(width, height), withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer()
  );
}

function fitFor(width: number, height: number): "inside" | "outside" {
  const shorter = (Math.min(width, height) * VIEW.mostSide) / Math.max(width, height);
  return shorter < VIEW.leastSide ? "outside" : "inside";
}
