/** The little of a photograph's EXIF that is worth recording. Where it was taken is not. */
import type { Camera } from "../shared/state.ts";
import { readExif } from "./exif.ts";

/** @returns undefined when there is nothing to tell, or the EXIF block makes no sense: it is never an error. */
export function cameraFrom(exif: Buffer | undefined): Camera | undefined {
  const told = exif && readExif(exif);
  const make = tidy(told?.make);
  const model = tidy(told?.model);
  const takenAt = localTime(told?.takenAt, told?.takenAtOffset);
  const camera = {
    ...(make === undefined ? {} : { make }),
    ...(model === undefined ? {} : { model }),
    ...(takenAt === undefined ? {} : { takenAt }),
  };
  return Object.keys(camera).length === 0 ? undefined : camera;
}

const MAX_TEXT_LENGTH = 100;

function tidy(text: string | undefined): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: cameras pad these fields with NUL and worse.
  const clean = text?.replaceAll(/[\u0000-\u001f\u007f]/g, "").trim();
  return clean ? clean.slice(0, MAX_TEXT_LENGTH).toWellFormed() : undefined;
}

function localTime(time = "", offset = ""): string | undefined {
  const [, year, month, day, ofDay] = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(time) ?? [];
  const local = `${year}-${month}-${day}T${ofDay}`;
  if (Number.isNaN(Date.parse(`${local}Z`))) return undefined;
  return local + (/^\s*([+-]\d\d:\d\d)/.exec(offset)?.[1] ?? "");
}
