/** Puts a mark on raw pixels, in place. Only the pixels under the mark are touched. */

import type { Pixels } from "../shared/pixels.ts";
import type { Mark, POSITIONS } from "../shared/settings.ts";
import type { MarkAt, MarkPixels } from "./mark.ts";

/** No mark is put on what is smaller on its shorter side: it would cover the picture, or could not be read. */
const MIN_PICTURE_SIDE = 100;
/** No mark is smaller, however small the picture: words could not be read. */
const MIN_MARK_SIDE = 72;

/** Scales the mark to the canvas and draws it on every frame. */
export async function stamp(
  canvas: Pixels,
  markAt: MarkAt,
  setting: Pick<Mark, "size" | "margin" | "position">,
): Promise<void> {
  const shorterSide = Math.min(canvas.width, canvas.height);
  if (shorterSide < MIN_PICTURE_SIDE) return;
  const margin = Math.round(shorterSide * setting.margin);
  const side = Math.max(MIN_MARK_SIDE, Math.round(sideToMark(canvas) * setting.size));
  const mark = await markAt(
    Math.min(side, canvas.width - 2 * margin),
    Math.min(side, canvas.height - 2 * margin),
  );
  const place = placeOf(mark, canvas, margin, setting.position);
  const invert = mark.isOfWords && isLightUnder(mark, canvas, place) ? 0xff : 0;
  for (let frame = 0; frame < canvas.frames; frame++)
    draw(mark, canvas, { left: place.left, top: place.top + frame * canvas.height }, invert);
}

/** The side of a square of the same area, but for panoramas, of whose height the mark would take too much. */
function sideToMark({ width, height }: Pixels): number {
  return Math.min(Math.sqrt(width * height), 2 * Math.min(width, height));
}

interface Place {
  left: number;
  top: number;
}

/** Where the mark's upper left corner goes, in pixels. */
export function placeOf(
  mark: { width: number; height: number },
  canvas: { width: number; height: number },
  margin: number,
  position: (typeof POSITIONS)[number],
): Place {
  const along = (side: number, markSide: number, toStart: boolean, toEnd: boolean) => {
    if (toStart) return margin;
    return toEnd ? side - markSide - margin : Math.floor((side - markSide) / 2);
  };
  const left = along(canvas.width, mark.width, position.endsWith("west"), position.endsWith("east"));
  const top = along(canvas.height, mark.height, position.startsWith("north"), position.startsWith("south"));
  return { left: clamp(left, canvas.width - mark.width), top: clamp(top, canvas.height - mark.height) };
}

function clamp(offset: number, max: number): number {
  return Math.max(0, Math.min(offset, max));
}

/** Every so many rows and columns are looked at. */
const LOOKED_AT = 4;

/** Whether the first frame is rather light where the mark goes. What is transparent is taken for white, as most pages are. */
function isLightUnder(mark: MarkPixels, { data, width, channels }: Pixels, { left, top }: Place): boolean {
  let sum = 0;
  let pixels = 0;
  for (let y = 0; y < mark.height; y += LOOKED_AT)
    for (let x = 0; x < mark.width; x += LOOKED_AT, pixels++) {
      const at = ((top + y) * width + left + x) * channels;
      const [red = 0, green = 0, blue = 0, alpha = 255] = data.subarray(at, at + channels);
      sum += 255 + ((0.2126 * red + 0.7152 * green + 0.0722 * blue - 255) * alpha) / 255;
    }
  return sum / pixels > LIGHT;
}

/** White letters stand out less from what is lighter, of 255, than black ones. */
const LIGHT = 150;

/**
 * "Source over destination" of Porter and Duff on samples that are not premultiplied:
 * https://www.w3.org/TR/compositing-1/#porterduffcompositingoperators_srcover
 * @param invert 255 turns light into dark, 0 leaves the mark as it is.
 */
function draw(
  mark: MarkPixels,
  { data, width, channels }: Pixels,
  { left, top }: Place,
  invert: number,
): void {
  for (let y = 0; y < mark.height; y++) {
    let from = y * mark.width * 4;
    let to = ((top + y) * width + left) * channels;
    for (let x = 0; x < mark.width; x++, from += 4, to += channels) {
      const markAlpha = (mark.data[from + 3] ?? 0) / 255;
      if (markAlpha === 0) continue;
      const canvasAlpha = channels === 4 ? (data[to + 3] ?? 0) / 255 : 1;
      const behind = canvasAlpha * (1 - markAlpha);
      const alpha = markAlpha + behind;
      for (let channel = 0; channel < 3; channel++) {
        const front = (mark.data[from + channel] ?? 0) ^ invert;
        const back = data[to + channel] ?? 0;
        data[to + channel] = Math.round((front * markAlpha + back * behind) / alpha);
      }
      if (channels === 4) data[to + 3] = Math.round(alpha * 255);
    }
  }
}
