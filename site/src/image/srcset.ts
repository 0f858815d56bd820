/** Which variants a browser may choose from. Their names, sizes and formats are settings: only what is there counts. */
import type { ImageView, Variant } from "../api/api.ts";

export interface Source {
  type: string;
  srcset: string;
}

export interface PictureSources {
  /** In the order in which a browser should prefer them: the first format that it knows is taken. */
  sources: Source[];
  /** What every browser can show. */
  fallback: { src: string; srcset: string; width: number; height: number };
}

/** The whole picture: not the variants that are cropped. */
export function wholePicture({ original, variants }: Pick<ImageView, "original" | "variants">) {
  const largest = variants.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
  if (!largest) return undefined;
  const { width, height } = original;
  const shape = width && height ? { width, height } : largest;
  const uncropped = variants.filter((variant) => hasShape(variant, shape));
  const usable = uncropped.length > 0 ? uncropped : variants.filter((one) => hasShape(one, largest));
  return sourcesOf(usable, ({ width }) => width);
}

/** A square tile that the picture covers: what counts is the shorter side, and a crop is as good as the whole. */
export function tilePicture({ variants }: Pick<ImageView, "variants">, maxPixels = 640) {
  const shortSide = ({ width, height }: Variant) => Math.min(width, height);
  const small = variants.filter((variant) => shortSide(variant) <= maxPixels);
  const smallest = variants.toSorted((a, b) => shortSide(a) - shortSide(b)).slice(0, 1);
  return sourcesOf(small.length > 0 ? small : smallest, shortSide);
}

/** Sides are whole pixels, so either may be off by one. */
function hasShape(variant: Variant, shape: { width: number; height: number }): boolean {
  const height = (variant.width * shape.height) / shape.width;
  const width = (variant.height * shape.width) / shape.height;
  return Math.abs(variant.height - height) <= 1 || Math.abs(variant.width - width) <= 1;
}

/** Smallest files first. */
const PREFERRED = ["image/avif", "image/webp"];

function sourcesOf(variants: Variant[], sizeOf: (variant: Variant) => number): PictureSources | undefined {
  const types = new Set(variants.map(({ contentType }) => contentType));
  const plain = [...types].filter((type) => !PREFERRED.includes(type));
  // With modern formats only, the fallback is the best known of them.
  const fallbackType = plain.find((type) => type === "image/jpeg") ?? plain[0] ?? [...types].sort().at(-1);
  const of = (type: string | undefined) => candidatesOf(variants, type, sizeOf);
  const largest = of(fallbackType).at(-1);
  if (!largest) return undefined;
  return {
    sources: PREFERRED.filter((type) => types.has(type) && type !== fallbackType).map((type) => ({
      type,
      srcset: srcsetOf(of(type), sizeOf),
    })),
    fallback: {
      src: largest.url,
      srcset: srcsetOf(of(fallbackType), sizeOf),
      width: largest.width,
      height: largest.height,
    },
  };
}

/** By size; of two of the same size, the smaller file. */
function candidatesOf(
  variants: Variant[],
  type: string | undefined,
  sizeOf: (variant: Variant) => number,
): Variant[] {
  const bySize = new Map<number, Variant>();
  for (const variant of variants) {
    if (variant.contentType !== type) continue;
    const rival = bySize.get(sizeOf(variant));
    if (!rival || variant.bytes < rival.bytes) bySize.set(sizeOf(variant), variant);
  }
  return [...bySize.values()].sort((a, b) => sizeOf(a) - sizeOf(b));
}

function srcsetOf(variants: Variant[], sizeOf: (variant: Variant) => number): string {
  return variants.map((variant) => `${variant.url} ${sizeOf(variant)}w`).join(", ");
}

/** The one for "Download": the largest of the whole picture, in a format that opens everywhere. */
export function bestToDownload(image: Pick<ImageView, "original" | "variants">): Variant | undefined {
  const largestFirst = image.variants.toSorted((a, b) => b.width * b.height - a.width * a.height);
  const [largest] = largestFirst;
  const isAsLarge = (variant: Variant) =>
    variant.width === largest?.width && variant.height === largest.height;
  const best = largestFirst.filter(isAsLarge);
  return best.find(({ contentType }) => contentType === "image/jpeg") ?? best[0];
}
