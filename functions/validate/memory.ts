/** How much memory validate needs: PNG, GIF, WebP, TIFF and HEIC are read whole, and of a file in parts all kinds may be. */
import type { Limits } from "../shared/settings.ts";

/** The least that takes any file of these limits. */
export function leastBytesToInspect({ maxBytes }: Pick<Limits, "maxBytes">): number {
  // A body is there twice while it arrives. Frames are counted before the decoder takes memory for each.
  return PROCESS_BYTES + 2 * maxBytes;
}

/** Node, the SDK and sharp. */
const PROCESS_BYTES = 140e6;
