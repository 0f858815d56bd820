/** Puts the pixels of all variants into as few objects as may be: each request has its price, and its wait. */
import { batchesThatFit } from "../shared/batches.ts";
import { bytesIn } from "../shared/pixels.ts";
import type { StagedVariant } from "../shared/state.ts";
import type { Canvas, DerivedVariant } from "./derive.ts";

/** What is sent again is put together into one piece first; what is larger than this has an object of its own. */
const OBJECT_BYTES = 32 * 2 ** 20;

export interface Packed {
  objects: StagedObject[];
  staged: StagedVariant[];
}

export interface StagedObject {
  key: string;
  bytes: number;
  /** One after the other. */
  parts: Promise<Buffer>[];
}

/** @param prefix of the objects' keys. */
export function pack(variants: DerivedVariant[], prefix: string): Packed {
  const different = [...new Set(variants.map(({ canvas }) => canvas))];
  const places = new Map<Canvas, { key: string; offset: number }>();
  const objects = batchesThatFit(different, bytesIn, OBJECT_BYTES).map((batch, index) => {
    const key = `${prefix}${index}.raw`;
    let bytes = 0;
    for (const canvas of batch) {
      places.set(canvas, { key, offset: bytes });
      bytes += bytesIn(canvas);
    }
    return { key, bytes, parts: batch.map(({ pixels }) => pixels.then(({ data }) => data)) };
  });
  const staged = variants.flatMap(({ name, canvas }) => {
    const { width, height, channels } = canvas;
    const place = places.get(canvas);
    return place ? [{ name, ...place, width, height, channels }] : [];
  });
  return { objects, staged };
}
