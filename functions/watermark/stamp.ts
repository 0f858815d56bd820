/** Puts a mark on raw pixels, in place. Only the pixels under the mark are touched. */

import type { Pixels } from "../shared/pixels.ts";
import type { Mark, POSITIONS } from "../shared/settings.ts";
import type { MarkAt, MarkPixels } from "./mark.ts";

/** Scales the mark to the canvas and draws it on every frame. */
export async function stamp(
  canvas: Pixels,
  markAt: MarkAt,
  setting: Pick<Mark, "size" | "margin" | "position">,
): Promise<void> {
  const marginPixels = Math.round(Math.min(canvas.width, canvas.height) * setting.margin);
  const room = (side: number) => Math.max(1, side - 2 * marginPixels);
  const wanted = Math.max(1, Math.round(canvas.width * setting.size));
  const mark = await markAt(Math.min(wanted, room(canvas.width)), room(canvas.height));
  const { left, top } = placeOf(mark, canvas, marginPixels, setting.position);
  for (let frame = 0; frame < canvas.frames; frame++) draw(mark, canvas, left, top + frame * canvas.height);
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

/**
 * "Source over destination" of Porter and Duff on samples that are not premultiplied:
 * https://www.w3.org/TR/compositing-1/#porterduffcompositingoperators_srcover
 */
function draw(mark: MarkPixels, { data, width, channels }: Pixels, left: number, top: number): void {
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
        const front = mark.data[from + channel] ?? 0;
        const back = data[to + channel] ?? 0;
        data[to + channel] = Math.round((front * markAlpha + back * behind) / alpha);
      }
      if (channels === 4) data[to + 3] = Math.round(alpha * 255);
    }
  }
}
