/** Puts the pixels of all variants into as few objects as may be: each request has its price, and its wait. */
import { batchesThatFit } from "../shared/batches.ts";
import type { Pixels } from "../shared/pixels.ts";
import type { StagedVariant } from "../shared/state.ts";
import type { DerivedVariant } from "./derive.ts";

/** What has several parts is copied together; what is larger than this has an object of its own, and is not. */
const OBJECT_BYTES = 32 * 2 ** 20;

export interface Packed {
  objects: { key: string; parts: Buffer[] }[];
  staged: StagedVariant[];
}

/** @param prefix of the objects' keys. */
export function pack(variants: DerivedVariant[], prefix: string): Packed {
  // Small ones first: they are worked on while the rest is still being read.
  const different = [...new Set(variants.map(({ pixels }) => pixels))].toSorted(
    (one, other) => one.data.length - other.data.length,
  );
  const places = new Map<Pixels, { key: string; offset: number }>();
  const objects = batchesThatFit(different, ({ data }) => data.length, OBJECT_BYTES).map((batch, index) => {
    const key = `${prefix}${index}.raw`;
    let offset = 0;
    for (const pixels of batch) {
      places.set(pixels, { key, offset });
      offset += pixels.data.length;
    }
    return { key, parts: batch.map(({ data }) => data) };
  });
  const staged = variants.flatMap(({ name, pixels }) => {
    const { width, height, channels } = pixels;
    const place = places.get(pixels);
    return place ? [{ name, ...place, width, height, channels }] : [];
  });
  return { objects, staged };
}
