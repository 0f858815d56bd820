/** Whether a picture is drawn rather than photographed: what encoders are made for then does it harm. */
import type { Pixels } from "../shared/pixels.ts";

/** An icon of 64 x 64 and less. */
const TINY_PIXELS = 4096;
/** With what the mark's soft edges add to a picture of 256. */
const MOST_COLOURS = 1024;
/** Of neighbours that are the same, in drawings. Grey photographs have few colours too, but are less flat. */
const FLAT_SHARE = 0.5;
/** They are enough to tell by. */
const ROWS_LOOKED_AT = 64;

/** Chroma at half the resolution turns it muddy, which nobody gains from: it is a few hundred bytes anyway. */
export function isTiny({ width, height }: Pixels): boolean {
  return width * height <= TINY_PIXELS;
}

/** Few colours, in areas: a logo, a diagram, a screenshot. Of the first frame. */
export function isDrawn({ data, width, height, channels }: Pixels): boolean {
  const colours = new Set<number>();
  const rows = Math.min(height, ROWS_LOOKED_AT);
  let same = 0;
  for (let row = 0; row < rows; row++) {
    const begin = Math.floor((row * height) / rows) * width * channels;
    let before = -1;
    for (let at = begin; at < begin + width * channels; at += channels) {
      const colour = channels === 4 ? data.readUInt32BE(at) : data.readUIntBE(at, 3);
      if (colour === before) same++;
      else if (colours.add(colour).size > MOST_COLOURS) return false;
      before = colour;
    }
  }
  return same >= FLAT_SHARE * rows * (width - 1);
}
