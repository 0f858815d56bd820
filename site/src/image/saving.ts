/** How much smaller a file is than another of the same pixels: a picture that has fewer is smaller by itself. */
import type { ImageView, Variant } from "../api/api.ts";
import { formatText } from "../ui/text.ts";

/** @returns undefined where there is nothing to compare with. */
export function savingOf(
  variant: Variant,
  { original, variants }: Pick<ImageView, "original" | "variants">,
): { text: string; isSmaller: boolean } | undefined {
  const { name, format, width, height, bytes } = variant;
  const isAsLarge = original.width === width && original.height === height;
  const jpeg = variants.find((one) => one.name === name && one.format === "jpeg" && one.width === width);
  const other = isAsLarge
    ? { bytes: original.bytes, name: "the original" }
    : format !== "jpeg" && jpeg && { bytes: jpeg.bytes, name: `the ${formatText("jpeg")}` };
  const text = other && savingText(bytes, other.bytes);
  if (!other || !text) return undefined;
  return {
    text: text === "same size" ? `as large as ${other.name}` : `${text} than ${other.name}`,
    isSmaller: bytes < (other.bytes ?? 0),
  };
}

/** How much smaller a variant is: "94 % smaller". Undefined without an original to compare with. */
export function savingText(bytes: number, originalBytes: number | undefined): string | undefined {
  if (!originalBytes) return undefined;
  const percent = Math.round((1 - bytes / originalBytes) * 100);
  if (percent === 0) return "same size";
  // A variant is never nothing.
  return percent > 0 ? `${Math.min(percent, 99)}\u00a0% smaller` : `${-percent}\u00a0% larger`;
}
