/** The little of a photograph's EXIF that is worth recording. Where it was taken is not. */
import readExif from "exif-reader";
import type { Camera } from "../shared/state.ts";

/** @returns undefined when there is nothing to tell, or the EXIF block makes no sense: it is never an error. */
export function cameraFrom(exif: Buffer | undefined): Camera | undefined {
  if (exif === undefined) return undefined;
  try {
    const { Image: image, Photo: photo } = readExif(exif);
    const make = tidy(image?.Make);
    const model = tidy(image?.Model);
    const takenAt = localTime(photo?.DateTimeOriginal, photo?.OffsetTimeOriginal);
    const camera = {
      ...(make === undefined ? {} : { make }),
      ...(model === undefined ? {} : { model }),
      ...(takenAt === undefined ? {} : { takenAt }),
    };
    return Object.keys(camera).length === 0 ? undefined : camera;
  } catch {
    return undefined;
  }
}

const MAX_TEXT_LENGTH = 100;

function tidy(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: cameras pad these fields with NUL and worse.
  const clean = text.replaceAll(/[\u0000-\u001f\u007f]/g, "").trim();
  return clean === "" ? undefined : clean.slice(0, MAX_TEXT_LENGTH);
}

/** EXIF times are local; the reader gives them as if they were UTC. */
function localTime(time: unknown, offset: unknown): string | undefined {
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) return undefined;
  const isOffset = typeof offset === "string" && /^[+-]\d\d:\d\d$/.test(offset.trim());
  return time.toISOString().slice(0, 19) + (isOffset ? offset.trim() : "");
}
