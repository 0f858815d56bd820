/** How much smaller a file is than another of the same pixels: a picture that has fewer is smaller by itself. */
import type { ImageView, Variant } from "../api/api.ts";
import { formatText, savingText } from "../ui/text.ts";

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
