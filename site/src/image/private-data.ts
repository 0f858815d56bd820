/** What a file says of whoever took it, and where: in EXIF, IPTC and XMP. */
import ExifReader from "exifreader";
import type { ImageView } from "../api/api.ts";

export interface PrivateData {
  /** As people call it. */
  found: string[];
  /** False when something could not be read: there may be more. */
  isWhole: boolean;
}

const PHOTOGRAPHER = "name of the photographer";
const COPYRIGHT = "copyright notice";

/** By the tags that say so, as ExifReader calls them. https://exiftool.org/TagNames/ */
const PRIVATE: [name: string, tags: string[]][] = [
  ["GPS position", ["Latitude", "GPSLatitude"]],
  ["serial number of the camera", ["SerialNumber", "BodySerialNumber", "CameraSerialNumber"]],
  ["serial number of the lens", ["LensSerialNumber"]],
  ["name of the camera’s owner", ["OwnerName", "CameraOwnerName"]],
  [PHOTOGRAPHER, ["Artist", "XPAuthor", "By-line", "creator"]],
  [COPYRIGHT, ["Copyright", "Copyright Notice", "rights"]],
  ["name of the place", ["City", "Country", "Country/Primary Location Name", "Sub-location", "Location"]],
  ["unique number of the picture", ["ImageUniqueID"]],
  ["time it was taken", ["DateTimeOriginal", "CreateDate", "Date Created", "DateCreated"]],
  ["camera", ["Make", "Model"]],
  ["software", ["Software", "CreatorTool"]],
  ["maker’s notes", ["MakerNote"]],
];

export async function privateDataIn(blob: Blob): Promise<PrivateData> {
  try {
    const read = await ExifReader.load(await blob.arrayBuffer(), { expanded: true, async: true });
    const groups = [read.exif, read.gps, read.iptc, read.xmp].filter((group) => group !== undefined);
    const said = new Set(groups.flatMap(namesSaidIn));
    return {
      found: PRIVATE.filter(([, tags]) => tags.some((tag) => said.has(tag))).map(([name]) => name),
      // A group that is there, and of which nothing can be read, is empty. XMP that is compressed in a PNG stays text.
      isWhole:
        groups.every((group) => Object.keys(group).length > 0) && !("XML:com.adobe.xmp" in (read.png ?? {})),
    };
  } catch {
    // However it is damaged, or whatever else than a picture it is: it is the person's own file, and they are told.
    return { found: [], isWhole: false };
  }
}

/** @returns the names of what is not empty. */
function namesSaidIn(group: object): string[] {
  return Object.entries(group).flatMap(([name, tag]) => (tag.description === "" ? [] : [name]));
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
