/** Both sides of a comparison make the same files: the variants and the mark of cdktf.json. */
import { createRequire } from "node:module";
import type { Mark } from "../functions/shared/settings.ts";
import { readContext, settingsFrom } from "../stacks/settings.ts";

export const { limits, variants, watermark } = settingsFrom(
  readContext(new URL("../cdktf.json", import.meta.url)),
  {},
);

export const fontFile = createRequire(import.meta.url).resolve(
  "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
);

export function textMark(): Mark & { text: string } {
  if (watermark === false || watermark.text === undefined)
    throw new Error("The comparison wants the text mark that cdktf.json comes with.");
  const { image: _, ...mark } = watermark;
  return { ...mark, text: watermark.text };
}
