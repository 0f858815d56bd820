/** What of a file libvips takes no notice of, so that it has to be put right here. */
import type { AcceptedFormat } from "../shared/state.ts";
import { avifLayout } from "../validate/avif.ts";
import { assertKnownColour, type Cicp } from "../validate/cicp.ts";
import { heicLayout } from "../validate/heic.ts";
import { type Colorimetry, pngLayout } from "../validate/png.ts";
import { tiffLayout } from "../validate/tiff.ts";
import { isOtherThanSrgb } from "./colour.ts";

export interface Traits {
  /** Of a TIFF, that of the picture. */
  page?: number;
  /** Errors in tiles are told as warnings only. */
  isTiled?: boolean;
  /** How many channels are colour or transparency, where there are more than those. */
  keptChannels?: 3 | 4;
  /** Where samples have to be converted to sRGB. */
  cicp?: Cicp;
  /** The same, as a PNG may say it. */
  colorimetry?: Colorimetry;
  /** Transparency runs from 16 to 235. */
  hasLimitedAlpha?: boolean;
  /** Greys run from 16 to 235. */
  hasLimitedGreys?: boolean;
  /** Colours are multiplied with their transparency. */
  isPremultiplied?: boolean;
}

/** Sample by sample, at full size. */
export function hasToBeMended({
  keptChannels,
  hasLimitedAlpha,
  hasLimitedGreys,
  isPremultiplied,
}: Omit<Traits, "cicp">): boolean {
  return [keptChannels, hasLimitedAlpha, hasLimitedGreys, isPremultiplied].some(Boolean);
}

/** @throws ImageRejected (UNSUPPORTED_TYPE) for colour that shows only in what the head of the file did not have. */
export function traitsOf(bytes: Buffer, format: AcceptedFormat): Traits {
  switch (format) {
    case "tiff": {
      const layout = tiffLayout(bytes);
      if (layout === undefined) return {};
      const { page, tileWidth, hasExtraChannels, hasAlpha } = layout;
      return {
        page,
        isTiled: tileWidth !== undefined,
        ...(hasExtraChannels && { keptChannels: hasAlpha ? 4 : 3 }),
      };
    }
    case "avif": {
      const { cicp, hasLimitedAlpha, hasLimitedGreys, isPremultiplied } = avifLayout(bytes);
      return { ...converted(cicp), hasLimitedAlpha, hasLimitedGreys, isPremultiplied };
    }
    case "heic":
      return converted(heicLayout(bytes).cicp);
    case "png": {
      const { cicp, hasIcc, colorimetry } = pngLayout(bytes);
      if (hasIcc) return {};
      return cicp === undefined && colorimetry ? { colorimetry } : converted(cicp);
    }
    default:
      return {};
  }
}

/** @throws ImageRejected (UNSUPPORTED_TYPE) for colour that nobody can show, or knows. */
export function converted(cicp: Cicp | undefined): Traits {
  if (cicp === undefined) return {};
  assertKnownColour(cicp);
  return isOtherThanSrgb(cicp) ? { cicp } : {};
}
