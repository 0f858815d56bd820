/** What a file says of whoever took it, and where: in EXIF, IPTC and XMP. */
import { parse } from "exifr";
import type { ImageView } from "../api/api.ts";
import { exifBlockIn, hiddenIn, isReadByExifr, xmpNamesIn } from "./metadata-blocks.ts";

export interface PrivateData {
  /** As people call it. */
  found: string[];
  /** False when something could not be read: there may be more. */
  isWhole: boolean;
}

const PHOTOGRAPHER = "name of the photographer";
const COPYRIGHT = "copyright notice";

/** By the tags that say so. https://exiftool.org/TagNames/ */
const PRIVATE: [name: string, tags: string[]][] = [
  ["GPS position", ["latitude", "GPSLatitude"]],
  ["serial number of the camera", ["SerialNumber", "BodySerialNumber", "CameraSerialNumber"]],
  ["serial number of the lens", ["LensSerialNumber"]],
  ["name of the camera’s owner", ["OwnerName", "CameraOwnerName"]],
  [PHOTOGRAPHER, ["Artist", "XPAuthor", "Byline", "creator"]],
  [COPYRIGHT, ["Copyright", "CopyrightNotice", "rights"]],
  ["name of the place", ["City", "Country", "Sublocation", "Location"]],
  ["unique number of the picture", ["ImageUniqueID"]],
  ["time it was taken", ["DateTimeOriginal", "CreateDate", "DateCreated"]],
  ["camera", ["Make", "Model"]],
  ["software", ["Software", "CreatorTool"]],
  ["maker’s notes", ["makerNote"]],
];

const OPTIONS = { tiff: true, exif: true, gps: true, iptc: true, makerNote: true, mergeOutput: true };

export async function privateDataIn(blob: Blob): Promise<PrivateData> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  const { tags, isWhole } = await exifTagsIn(bytes);
  const hidden = await hiddenIn(bytes).catch(() => ({ xmp: "", isWhole: false }));
  const said = new Set([...tags, ...xmpNamesIn(text), ...xmpNamesIn(hidden.xmp)]);
  return {
    found: PRIVATE.filter(([, names]) => names.some((name) => said.has(name))).map(([name]) => name),
    isWhole: isWhole && hidden.isWhole,
  };
}

async function exifTagsIn(bytes: Uint8Array<ArrayBuffer>): Promise<{ tags: string[]; isWhole: boolean }> {
  try {
    const source = isReadByExifr(bytes) ? bytes : exifBlockIn(bytes);
    if (source === undefined) return { tags: [], isWhole: true };
    const read: unknown = await parse(source, OPTIONS);
    // There is nothing in it.
    if (typeof read !== "object" || read === null) return { tags: [], isWhole: true };
    return { tags: Object.keys(read), isWhole: !("errors" in read) };
  } catch {
    // However it is damaged, or whatever else than a picture it is: it is the person's own file, and they are told.
    return { tags: [], isWhole: false };
  }
}

/** Creator and copyright notice are kept where the settings say so. */
export function removedText({ found, isWhole }: PrivateData, rights: ImageView["rights"]): string {
  const isKept = (name: string) =>
    (name === PHOTOGRAPHER && rights?.creator !== undefined) ||
    (name === COPYRIGHT && rights?.copyright !== undefined);
  const kept = found.filter(isKept);
  const removed = found.filter((name) => !isKept(name));
  const sentences = [
    removed.length > 0 && `Removed: ${removed.join(", ")}.`,
    kept.length > 0 && `Kept: ${kept.join(", ")}.`,
    !isWhole &&
      (found.length > 0
        ? "More of what the original says could not be read here."
        : "What the original says of who took it, and where, could not be read here."),
    isWhole && found.length === 0 && "The original says nothing of who took it, or where.",
  ];
  return sentences.filter((sentence) => sentence !== false).join(" ");
}
