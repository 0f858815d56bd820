/** Which files can be sent. */
import type { Config } from "../config.ts";

type Takes = Pick<Config, "takesHeic">;

/** Windows knows no type for the extensions of HEIC. */
export function acceptedTypes({ takesHeic }: Takes): string[] {
  const types = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "image/tiff"];
  return takesHeic ? [...types, "image/heic", "image/heif", ".heic", ".heif", ".hif"] : types;
}

/** As a list in a sentence: "JPEG, PNG or WebP". */
export function acceptedNames({ takesHeic }: Takes, word: "and" | "or"): string {
  const names = ["JPEG", "PNG", "WebP", "AVIF", "GIF", "TIFF", ...(takesHeic ? ["HEIC"] : [])];
  return `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}
