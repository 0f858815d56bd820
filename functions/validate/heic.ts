/** What a HEIC says of its picture: ISO/IEC 23008-12, and ISO/IEC 14496-15, 8.3.2 for what is coded as HEVC. */
import { corrupt, unsupported } from "../shared/errors.ts";
import { assertKnownColour, type Cicp } from "./cicp.ts";
import { type Item, type ItemFile, readItems } from "./isobmff.ts";
import { alphaOf, cicpOfItem, codecOf, iccOf, tilesOf } from "./picture-items.ts";

export interface HeicLayout {
  /** Pixels, after all that the file says of cropping and turning. */
  width: number;
  height: number;
  bitDepth: number;
  /** Colour at half of the resolution in one or two directions, or at all of it. */
  chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";
  hasAlpha: boolean;
  icc: Buffer | undefined;
  /** Undefined where a profile says more, or nothing is said. */
  cicp: Cicp | undefined;
  exif: Buffer | undefined;
  xmp: Buffer | undefined;
}

/**
 * @param bytes the whole file.
 * @throws ImageRejected (UNSUPPORTED_TYPE) with the name of a kind that would not come out right, (CORRUPT) where a part is missing.
 */
export function heicLayout(bytes: Buffer): HeicLayout {
  const file = readItems(bytes);
  const { primary } = file;
  if (primary === undefined) {
    if (file.isSequence) throw unsupported("a HEIC sequence", "Upload one picture of it.");
    throw corrupt(new Error("The HEIC has no primary picture."));
  }
  if (file.references.some(({ type, from }) => type === "pred" && from === primary.id))
    throw unsupported("a HEIC that is coded as what differs from another picture", EXPORT_ADVICE);
  if (isCroppedMuch(primary)) throw unsupported("a HEIC of which only a part is to be shown", EXPORT_ADVICE);
  const coded = new Set(primary.type === "grid" ? tilesOf(primary, file) : [primary]);
  for (const item of coded) assertCoded(item, bytes.length);
  for (const item of withDataOfTheirOwn([...coded], bytes.length)) assertNoGaps(item, bytes);
  const codec = codecOf(primary, file);
  const icc = iccOf(primary) ?? (codec && iccOf(codec));
  const cicp = cicpOfItem(primary) ?? (codec && cicpOfItem(codec));
  if (cicp) assertKnownColour(cicp);
  return {
    ...sizeOf(primary),
    ...samplesOf(codec?.properties.get("hvcC")?.[0]),
    hasAlpha: alphaOf(file) !== undefined,
    icc,
    cicp: icc ? undefined : cicp,
    exif: exifOf(bytes, file),
    xmp: descriptionOf(bytes, file, ({ contentType }) => contentType === XMP_TYPE),
  };
}

const EXPORT_ADVICE = "Export it as a JPEG, and upload that.";

/** Of what is coded in one piece, the decoder accepts no more than this beyond what is shown, and takes the file for damaged. */
function isCroppedMuch({ type, properties }: Item): boolean {
  const ispe = properties.get("ispe")?.[0];
  const shown = croppedSize(properties.get("clap")?.[0]);
  if (type !== "hvc1" || shown === undefined || ispe === undefined || ispe.length < 12) return false;
  const most = (shown.width + MAX_CROPPED) * (shown.height + MAX_CROPPED);
  return ispe.readUInt32BE(4) * ispe.readUInt32BE(8) > most;
}

const MAX_CROPPED = 64;

/** The decoder shows what it has of a picture, and leaves out tiles that are not there. */
function assertCoded(item: Item | undefined, fileBytes: number): asserts item is Item {
  if (item === undefined) throw corrupt(new Error("A tile of the HEIC is missing."));
  const { type, extents } = item;
  if (type !== "hvc1")
    throw unsupported(
      `a HEIF whose picture is not coded as HEVC (${type.replaceAll(/[^\w ]/g, "?")})`,
      EXPORT_ADVICE,
    );
  if (extents.length === 0 || extents.some(({ at, length }) => at + Math.max(1, length) > fileBytes))
    throw corrupt(new Error("The HEIC ends before its picture does."));
}

/** Tiles may be the same; that they overlap makes no sense, and looking at them would take for ever. */
function withDataOfTheirOwn(items: (Item | undefined)[], fileBytes: number): Item[] {
  const byPlace = new Map(items.flatMap((item) => (item ? [[item.extents[0]?.at, item] as const] : [])));
  const all = [...byPlace.values()];
  const total = all
    .flatMap(({ extents }) => extents)
    .reduce((sum, { at, length }) => sum + (length === 0 ? fileBytes - at : length), 0);
  if (total > fileBytes) throw corrupt(new Error("The parts of the HEIC's picture overlap."));
  return all;
}

/**
 * Zeros in the place of a part that was never written or copied: the decoder shows something for them, and says nothing. What is coded
 * never has three in a row (ITU-T H.265, 7.4.2), but for a few at the end that some encoders leave.
 */
function assertNoGaps({ extents, properties }: Item, bytes: Buffer): void {
  const data = Buffer.concat(
    extents.map(({ at, length }) => bytes.subarray(at, length === 0 ? undefined : at + length)),
  );
  const sizeBytes = ((properties.get("hvcC")?.[0]?.[21] ?? 3) & 3) + 1;
  for (let at = 0; at + sizeBytes <= data.length; ) {
    const start = at + sizeBytes;
    const end = start + data.readUIntBE(at, sizeBytes);
    const gapAt = data.subarray(start, end).indexOf(GAP);
    if (end > data.length || (gapAt >= 0 && start + gapAt + MAX_FILLING_BYTES < end) || end === start)
      throw corrupt(new Error("A part of the HEIC's picture is missing."));
    at = end;
  }
}

const GAP = Buffer.alloc(3);
const MAX_FILLING_BYTES = 16;

/** In the order that the standard wants: cropped first, and turned then. */
function sizeOf({ properties }: Item): { width: number; height: number } {
  const ispe = properties.get("ispe")?.[0];
  if (ispe === undefined || ispe.length < 12) throw corrupt(new Error("The HEIC does not say its size."));
  const size = croppedSize(properties.get("clap")?.[0]) ?? {
    width: ispe.readUInt32BE(4),
    height: ispe.readUInt32BE(8),
  };
  if (size.width === 0 || size.height === 0) throw corrupt(new Error("The HEIC has no pixels."));
  const isOnItsSide = ((properties.get("irot")?.[0]?.[0] ?? 0) & 1) === 1;
  return isOnItsSide ? { width: size.height, height: size.width } : size;
}

/** Width and height, as fractions. */
function croppedSize(clap: Buffer | undefined): { width: number; height: number } | undefined {
  if (clap === undefined || clap.length < 16) return undefined;
  const [width, widthParts, height, heightParts] = [0, 4, 8, 12].map((at) => clap.readUInt32BE(at));
  if (!width || !widthParts || !height || !heightParts) return undefined;
  return { width: Math.round(width / widthParts), height: Math.round(height / heightParts) };
}

function samplesOf(hvcC: Buffer | undefined): Pick<HeicLayout, "bitDepth" | "chroma"> {
  // What is not said is taken for the largest, since memory is estimated from it.
  const chroma = (["4:0:0", "4:2:0", "4:2:2", "4:4:4"] as const)[(hvcC?.[16] ?? 3) & 3] ?? "4:4:4";
  return { bitDepth: 8 + Math.max((hvcC?.[17] ?? 4) & 7, (hvcC?.[18] ?? 4) & 7), chroma };
}

/** The item of the picture's EXIF begins with how far it is to the TIFF header. */
function exifOf(bytes: Buffer, file: ItemFile): Buffer | undefined {
  const data = descriptionOf(bytes, file, ({ type }) => type === "Exif");
  return data === undefined || data.length < 4 ? undefined : data.subarray(4 + data.readUInt32BE(0));
}

/** ISO/IEC 23008-12, annex A.3 */
const XMP_TYPE = "application/rdf+xml";

/** The data of the item that says something of the picture. */
function descriptionOf(
  bytes: Buffer,
  { primary, items, references }: ItemFile,
  isWanted: (item: Item) => boolean,
): Buffer | undefined {
  const describing = new Set(
    references
      .filter(({ type, to }) => type === "cdsc" && to.includes(primary?.id ?? -1))
      .map(({ from }) => from),
  );
  const item = items.find((each) => describing.has(each.id) && isWanted(each));
  const [extent] = item?.extents ?? [];
  return extent && bytes.subarray(extent.at, extent.length === 0 ? undefined : extent.at + extent.length);
}
