/**
 * Which variants a browser may choose from, and what is seen before one is loaded. Names, sizes and formats of variants
 * are settings: only what is there counts.
 */
import { thumbHashToDataURL } from "thumbhash";
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
export function wholePicture(image: Shaped): PictureSources | undefined {
  return sources(uncropped(image), ({ width }) => width);
}

type Shaped = Pick<ImageView, "original" | "variants">;

/** Largest first; where all are cropped, those of one shape. */
function uncropped({ original, variants }: Shaped): Variant[] {
  const largestFirst = variants.toSorted((a, b) => b.width * b.height - a.width * a.height);
  const [largest] = largestFirst;
  if (!largest) return [];
  const { width, height } = original;
  const shape = width && height ? { width, height } : largest;
  const whole = largestFirst.filter((variant) => hasShape(variant, shape));
  return whole.length > 0 ? whole : largestFirst.filter((one) => hasShape(one, largest));
}

/** A square tile that the picture covers: what counts is the shorter side, and a crop is as good as the whole. */
export function tilePicture({ variants }: Pick<ImageView, "variants">, maxPixels = 640) {
  const shortSide = ({ width, height }: Variant) => Math.min(width, height);
  const small = variants.filter((variant) => shortSide(variant) <= maxPixels);
  const smallest = variants.toSorted((a, b) => shortSide(a) - shortSide(b)).slice(0, 1);
  return sources(small.length > 0 ? small : smallest, shortSide);
}

/** Whether a variant is of the whole picture, and not a crop. */
export function isWhole(variant: Variant, { width, height }: ImageView["original"]): boolean {
  return width !== undefined && height !== undefined && hasShape(variant, { width, height });
}

/** Sides are whole pixels, so either may be off by one. */
function hasShape(variant: Variant, shape: { width: number; height: number }): boolean {
  const height = (variant.width * shape.height) / shape.width;
  const width = (variant.height * shape.width) / shape.height;
  return Math.abs(variant.height - height) <= 1 || Math.abs(variant.width - width) <= 1;
}

/** Smallest files first. */
const PREFERRED = ["image/avif", "image/webp"];

function sources(variants: Variant[], sizeOf: (variant: Variant) => number): PictureSources | undefined {
  const types = new Set(variants.map(({ contentType }) => contentType));
  const plain = [...types].filter((type) => !PREFERRED.includes(type));
  // With modern formats only, the fallback is the best known of them.
  const fallbackType = plain.find((type) => type === "image/jpeg") ?? plain[0] ?? [...types].sort().at(-1);
  const of = (type: string | undefined) => candidates(variants, type, sizeOf);
  const largest = of(fallbackType).at(-1);
  if (!largest) return undefined;
  return {
    sources: PREFERRED.filter((type) => types.has(type) && type !== fallbackType).map((type) => ({
      type,
      srcset: srcset(of(type), sizeOf),
    })),
    fallback: {
      src: largest.url,
      srcset: srcset(of(fallbackType), sizeOf),
      width: largest.width,
      height: largest.height,
    },
  };
}

/** By size; of two of the same size, the smaller file. */
function candidates(
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

function srcset(variants: Variant[], sizeOf: (variant: Variant) => number): string {
  return variants.map((variant) => `${variant.url} ${sizeOf(variant)}w`).join(", ");
}

/** The one for "Download": the largest of the whole picture, in a format that opens everywhere; of an animation, one that moves. */
export function bestToDownload(image: Shaped): Variant | undefined {
  const isAnimation = (image.original.frames ?? 1) > 1;
  const largestFirst = uncropped(image);
  const [largest] = largestFirst;
  const best = largestFirst.filter(
    ({ width, height }) => width === largest?.width && height === largest.height,
  );
  const wanted = isAnimation ? ANIMATED : "image/jpeg";
  return best.find(({ contentType }) => contentType === wanted) ?? best[0];
}

/** The one format of ours that moves: the others show the first frame. */
const ANIMATED = "image/webp";

/** @returns whether some of the picture is transparent, as far as its ThumbHash tells: https://github.com/evanw/thumbhash */
export function isSeeThrough(thumbhash: string | undefined): boolean {
  try {
    return thumbhash !== undefined && atob(thumbhash).charCodeAt(2) >> 7 === 1;
  } catch {
    return false;
  }
}

const decoded = new Map<string, string | undefined>();

/** @returns the blurred image that a ThumbHash is, as a data URL; undefined for what is none. */
export function placeholderUrl(thumbhash: string | undefined): string | undefined {
  if (thumbhash === undefined) return undefined;
  if (!decoded.has(thumbhash)) decoded.set(thumbhash, decode(thumbhash));
  return decoded.get(thumbhash);
}

function decode(thumbhash: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(thumbhash), (character) => character.charCodeAt(0));
    return bytes.length < 5 ? undefined : thumbHashToDataURL(bytes);
  } catch {
    return undefined;
  }
}

/** @returns the colour when it is one: it becomes part of a style. */
export function hexColour(dominantColour: string | undefined): string | undefined {
  return dominantColour && /^#[0-9a-f]{6}$/i.test(dominantColour) ? dominantColour : undefined;
}
