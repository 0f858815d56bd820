/** What every process that opens a stranger's file does first. */
import sharp from "sharp";

/**
 * Leaves only the loaders of the accepted formats, from memory, so that no file can reach the SVG, PDF or
 * ImageMagick code paths, whatever libvips was built with; and keeps a warm process's memory flat.
 * https://sharp.pixelplumbing.com/api-utility/#block
 */
export function blockUntrustedLoaders(): void {
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({
    operation: [
      "VipsForeignLoadJpegBuffer",
      "VipsForeignLoadPngBuffer",
      "VipsForeignLoadWebpBuffer",
      "VipsForeignLoadHeifBuffer",
      "VipsForeignLoadNsgifBuffer",
      "VipsForeignLoadTiffBuffer",
    ],
  });
  sharp.cache(false);
  sharp.concurrency(1);
}
