/** What an AVIF says of its picture, colour and transparency: https://aomediacodec.github.io/av1-avif/ */
import { unsupported } from "../shared/errors.ts";
import { readSequence } from "./av1.ts";
import { assertKnownColour, type Cicp } from "./cicp.ts";
import { type Item, type ItemFile, readItems } from "./isobmff.ts";
import { alphaOf, cicpOfItem, codecOf, iccOf, isFullRangeItem } from "./picture-items.ts";

export interface AvifLayout {
  /** Undefined where an ICC profile says more, or nothing is said. */
  cicp: Cicp | undefined;
  bitDepth: number;
  /** Channels at full resolution, or colour at half of it in one or two directions. */
  chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";
  hasAlpha: boolean;
  /** Transparency runs from 16 to 235, and not from 0 to 255. */
  hasLimitedAlpha: boolean;
  /** The same of a picture without colour, where the decoder takes no notice of it. */
  hasLimitedGreys: boolean;
  /** Colours are multiplied with their transparency. */
  isPremultiplied: boolean;
  /** A picture that is put together of others. */
  isGrid: boolean;
}

/**
 * @param bytes the whole file, or its start.
 * @throws ImageRejected (UNSUPPORTED_TYPE) with the name of a kind that would not come out right.
 */
export function assertReadableAvif(bytes: Buffer): void {
  const file = readItems(bytes);
  if (file.isSequence && (file.primary === undefined || refersToNothing(file)))
    throw unsupported("an AVIF animation", "Upload it as an animated WebP or GIF, or one picture of it.");
  const level = codecOf(file.primary, file)?.properties.get("av1C")?.[0]?.[1] ?? 0;
  if (RESERVED_LEVELS.has(level & 31))
    throw unsupported(
      `a very large AVIF in one piece (AV1 level ${2 + ((level & 31) >> 2)})`,
      "Make it smaller than 35 megapixels and 16,384 pixels on a side, or export it as a JPEG, and upload that.",
    );
  const cicp = cicpOf(bytes, file);
  if (cicp) assertKnownColour(cicp);
}

/** Early writers of animations said so of the still picture's transparency, and decoders refuse that. */
function refersToNothing({ items, references }: ItemFile): boolean {
  const ids = new Set(items.map(({ id }) => id));
  return references.some(({ to }) => to.some((id) => !ids.has(id)));
}

/** Levels that AV1 has not defined yet; encoders write them, and decoders refuse them. https://aomediacodec.github.io/av1-spec/#levels */
const RESERVED_LEVELS = new Set(Array.from({ length: 11 }, (_, index) => 20 + index));

/**
 * An animation has its first picture as a still one, too. libvips opens that, and files of other profiles of AVIF, where the file starts
 * by saying that it is an AVIF.
 * @returns the bytes to decode: the same, or a copy with another brand.
 */
export function asStillAvif(bytes: Buffer): Buffer {
  if (bytes.toString("latin1", 4, 12) === "ftypavif") return bytes;
  const still = Buffer.from(bytes);
  still.write("avif", 8, "latin1");
  return still;
}

export function avifLayout(bytes: Buffer): AvifLayout {
  const file = readItems(bytes);
  const { primary } = file;
  const codec = codecOf(primary, file);
  const configuration = codec?.properties.get("av1C")?.[0];
  const alpha = alphaOf(file);
  const alphaCodec = codecOf(alpha, file);
  const alphaSequence = alphaCodec && sequenceOf(bytes, alphaCodec);
  return {
    cicp: primary && iccOf(primary) ? undefined : cicpOf(bytes, file),
    ...samplesOf(configuration),
    hasAlpha: alpha !== undefined,
    hasLimitedAlpha: alphaSequence !== undefined && !alphaSequence.isFullRange,
    hasLimitedGreys: samplesOf(configuration).chroma === "4:0:0" && !isFullRange(bytes, primary, codec),
    isPremultiplied: file.references.some(({ type, from }) => type === "prem" && from === primary?.id),
    isGrid: primary?.type === "grid",
  };
}

/** https://aomediacodec.github.io/av1-isobmff/#av1codecconfigurationbox-syntax */
function samplesOf(configuration: Buffer | undefined): Pick<AvifLayout, "bitDepth" | "chroma"> {
  // What is not said is taken for the largest, since memory is estimated from it.
  const flags = configuration?.[2] ?? 0x60;
  const bitDepth = flags & 0x40 ? (flags & 0x20 ? 12 : 10) : 8;
  if (flags & 0x10) return { bitDepth, chroma: "4:0:0" };
  if ((flags & 0x08) === 0) return { bitDepth, chroma: "4:4:4" };
  return { bitDepth, chroma: flags & 0x04 ? "4:2:0" : "4:2:2" };
}

/** What the container says comes before what the stream says. */
function cicpOf(bytes: Buffer, file: ItemFile): Cicp | undefined {
  if (file.primary === undefined) return undefined;
  const said = cicpOfItem(file.primary);
  if (said) return said;
  const codec = codecOf(file.primary, file);
  return codec && sequenceOf(bytes, codec)?.cicp;
}

function isFullRange(bytes: Buffer, primary: Item | undefined, codec: Item | undefined): boolean {
  const said = primary && isFullRangeItem(primary);
  return said ?? (codec && sequenceOf(bytes, codec)?.isFullRange) ?? true;
}

function sequenceOf(bytes: Buffer, { dataAt, properties }: Item) {
  // Of the configuration, four bytes come before the units that it may have.
  const configured = readSequence(properties.get("av1C")?.[0]?.subarray(4) ?? Buffer.alloc(0));
  return configured ?? (dataAt === undefined ? undefined : readSequence(bytes.subarray(dataAt)));
}
