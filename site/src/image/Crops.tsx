import type { ImageView, Variant } from "../api/api.ts";
import { isWhole } from "../parts/picture-sources.ts";

/** The variants that show a part of the picture, each once, in the format that comes first. */
export function cropsOf({ variants, original }: Pick<ImageView, "variants" | "original">): Variant[] {
  const byName = new Map<string, Variant>();
  for (const variant of variants)
    if (!isWhole(variant, original) && !byName.has(variant.name)) byName.set(variant.name, variant);
  return [...byName.values()];
}

/** @param isOutdated others are being made. */
export function Crops({ image, isOutdated }: { image: ImageView; isOutdated: boolean }) {
  return (
    <ul class={`crops ${isOutdated ? "outdated" : ""}`} aria-label="Variants that are cropped">
      {cropsOf(image).map(({ name, url, width, height }) => (
        <li key={name}>
          <img key={url} src={url} width={width} height={height} alt="" />
          <span>{name}</span>
        </li>
      ))}
    </ul>
  );
}
