/** The watermark setting, as the watermark function needs it: its environment, and the files beside its code. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ArchiveFiles } from "./assets/archive.ts";
import type { Settings } from "./settings.ts";

export function watermarkAssets({ watermark }: Settings): {
  environment: Record<string, string>;
  files: ArchiveFiles;
} {
  if (watermark === false) return { environment: {}, files: {} };
  const { image, ...mark } = watermark;
  const files =
    image === undefined
      ? { "font.ttf": readFileSync(FONT), "fonts.conf": Buffer.from(FONTS_CONF) }
      : { "mark.png": readFileSync(image) };
  return { environment: { WATERMARK: JSON.stringify(mark) }, files };
}

/** Inter, semi-bold (SIL Open Font License 1.1). Plain TrueType: sharp's fontconfig takes no WOFF. */
const FONT = createRequire(import.meta.url).resolve(
  "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
);

/** No fonts but the packed one, as on Lambda, which has none; and a cache where Lambda lets us write. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>/tmp/fontconfig</cachedir></fontconfig>
`;
