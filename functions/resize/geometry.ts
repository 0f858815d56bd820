/** How large things become. Pixels throughout; nothing is ever enlarged. */
import type { Variant } from "../shared/settings.ts";

export interface Size {
  width: number;
  height: number;
}

/** The exact size of a variant of an original. */
export function variantBox(original: Size, variant: Pick<Variant, "width" | "height" | "fit">): Size {
  if (variant.fit === "inside") return scaled(original, scaleFor(original, variant));
  // A box that the original cannot fill shrinks, and keeps its shape.
  const shrink = Math.min(1, original.width / variant.width, original.height / variant.height);
  return scaled(variant, shrink);
}

/** The smallest size that every variant can be made from without enlarging. */
export function masterSize(original: Size, variants: Pick<Variant, "width" | "height" | "fit">[]): Size {
  return scaled(original, Math.max(...variants.map((variant) => scaleFor(original, variant))));
}

function scaleFor(original: Size, { width, height, fit }: Pick<Variant, "width" | "height" | "fit">): number {
  const scales = [width / original.width, height / original.height];
  return Math.min(1, fit === "inside" ? Math.min(...scales) : Math.max(...scales));
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
