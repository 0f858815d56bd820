/**
 * The little of a photograph's EXIF that is of use, as far as a stranger's bytes are to be trusted: every field may claim to be as long as all
 * of them together. https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E
 */
import { type Directory, readDirectories, readDirectoryAt } from "./tiff-directories.ts";

export interface Exif {
  make: string | undefined;
  model: string | undefined;
  artist: string | undefined;
  copyright: string | undefined;
  /** Local time, as `2024:07:31 18:05:09`. */
  takenAt: string | undefined;
  /** Of that time, from UTC, as `+02:00`. */
  takenAtOffset: string | undefined;
}

/** @param block a TIFF, with or without the name in front of it that it has in a JPEG. */
export function readExif(block: Buffer): Exif | undefined {
  const bytes = block.toString("latin1", 0, 6) === "Exif\0\0" ? block.subarray(6) : block;
  const [image] = readDirectories(bytes);
  if (image === undefined) return undefined;
  const photo = readDirectoryAt(bytes, image.number(TAG.photo) ?? 0);
  return {
    make: textIn(image, TAG.make),
    model: textIn(image, TAG.model),
    artist: textIn(image, TAG.artist),
    copyright: textIn(image, TAG.copyright),
    takenAt: textIn(photo, TAG.takenAt),
    takenAtOffset: textIn(photo, TAG.takenAtOffset),
  };
}

const TAG = {
  make: 271,
  model: 272,
  artist: 315,
  copyright: 33432,
  photo: 34665,
  takenAt: 36867,
  takenAtOffset: 36881,
};

const MAX_TEXT_BYTES = 10_000;

function textIn(directory: Directory | undefined, tag: number): string | undefined {
  const text = directory?.text(tag, MAX_TEXT_BYTES);
  return text === undefined ? undefined : textOf(Buffer.from(text, "latin1"));
}

/** UTF-8, or else Latin-1: what is written in that is hardly ever UTF-8 by chance. */
export function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString("latin1");
  }
}
