/** What frames a GIF has, and whether it goes on to its end, told without decoding: the decoder keeps a record of each frame, and is lenient. */

export interface GifLayout {
  frames: number;
  /** Where the descriptors of the first `maxFrames` are. */
  imagesAt: number[];
  /** Of a file that was cut off, the decoder shows the frames that are there, as if there had never been more. */
  isWhole: boolean;
  /** Frames leave a part of the picture free, while none of them says that anything is transparent: the decoder makes black of that part. */
  hasBlackHoles: boolean;
  /** Frames that are opaque, are to be cleared away, and leave a part of the picture free for it: which of all, and where they say how they are shown. */
  cleared: { frame: number; controlAt: number }[];
  xmp: Buffer | undefined;
  /** Where the trailer is, or should be. */
  endsAt: number;
}

/**
 * Walks the blocks to the trailer. Writers have left out the trailer, or put a zero before a block: nothing of the picture is missing then.
 * @param bytes a file that starts as a GIF. https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 * @param maxFrames of which more is kept than their number: there may be millions.
 */
export function gifLayout(bytes: Buffer, maxFrames: number): GifLayout {
  const cover = coverOf(bytes);
  let at: number | undefined = SCREEN_BYTES + colourTableBytes(bytes[10]);
  const imagesAt: number[] = [];
  let frames = 0;
  let strays = 0;
  let isFrameDue = true;
  let xmp: Buffer | undefined;
  const layout = (isWhole: boolean): GifLayout => ({
    frames,
    imagesAt,
    isWhole: isWhole && strays <= MAX_STRAYS,
    hasBlackHoles: cover.hasBlackHoles(),
    cleared: cover.cleared,
    xmp,
    endsAt: at ?? bytes.length,
  });
  while (at !== undefined && at < bytes.length) {
    switch (bytes[at]) {
      case TRAILER:
        return layout(true);
      case STRAY:
        strays++;
        at++;
        break;
      case EXTENSION: {
        // Others, such as a comment, may be the last thing before the trailer.
        if (bytes[at + 1] === GRAPHIC_CONTROL) {
          isFrameDue = true;
          cover.control(at, bytes[at + 3] ?? 0);
        }
        const start = at;
        at = afterSubBlocks(bytes, start + 2);
        if (isXmp(bytes, start)) xmp ??= bytes.subarray(start + XMP_START.length, at);
        break;
      }
      case IMAGE:
        isFrameDue = false;
        frames++;
        if (frames <= maxFrames) {
          imagesAt.push(at);
          cover.image(at);
        }
        at = afterSubBlocks(bytes, codeSizeAt(bytes, at) + 1);
        break;
      default:
        return layout(false);
    }
  }
  return layout(at !== undefined && !isFrameDue);
}

/** What was never written or copied is zeros. */
const MAX_STRAYS = 16;
const TRAILER = 0x3b;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const STRAY = 0;
const SCREEN_BYTES = 13;
const DESCRIPTOR_BYTES = 10;

/**
 * An application extension of XMP's own, whose data is no sub-blocks: behind it lie bytes by which all that take it for those come to its end.
 * https://developer.adobe.com/xmp/docs/XMPSpecifications/, part 3, 1.1.2
 */
const XMP_START = Buffer.from("!\xff\x0bXMP DataXMP", "latin1");

const isXmp = (bytes: Buffer, at: number) => bytes.subarray(at, at + XMP_START.length).equals(XMP_START);

/** Of the data of a frame: it comes after the descriptor and the frame's own colour table. */
export const codeSizeAt = (bytes: Buffer, imageAt: number) =>
  imageAt + DESCRIPTOR_BYTES + colourTableBytes(bytes[imageAt + 9]);

/** Follows whether all of the picture was covered once, by what stays. */
function coverOf(bytes: Buffer) {
  let isTransparent = false;
  let isFree = true;
  let hasHoles = false;
  let disposal = 0;
  let opaqueAt: number | undefined;
  let frame = 0;
  let toBeCleared: GifLayout["cleared"][number] | undefined;
  const cleared: GifLayout["cleared"] = [];
  return {
    cleared,
    control: (at: number, flags: number) => {
      isTransparent ||= (flags & 1) === 1;
      disposal = (flags >> 2) & 7;
      opaqueAt = flags & 1 || bytes[at + 2] !== 4 ? undefined : at;
    },
    image: (at: number) => {
      if (at + DESCRIPTOR_BYTES > bytes.length) return;
      const [left = 0, top = 0, width = 0, height = 0] = [1, 3, 5, 7].map((field) =>
        bytes.readUInt16LE(at + field),
      );
      const isAll =
        left === 0 && top === 0 && width >= bytes.readUInt16LE(6) && height >= bytes.readUInt16LE(8);
      hasHoles ||= isFree && !isAll;
      isFree &&= !isAll || disposal === TAKEN_BACK;
      if (toBeCleared && !isAll) cleared.push(toBeCleared);
      toBeCleared =
        disposal === CLEARED && opaqueAt !== undefined ? { frame, controlAt: opaqueAt } : undefined;
      frame++;
      disposal = 0;
      opaqueAt = undefined;
    },
    hasBlackHoles: () => hasHoles && !isTransparent,
  };
}

/** Nothing is left behind: where the frame is opaque, the decoder shows the background's colour, and nobody else does. */
const CLEARED = 2;
/** What was there before is shown again. */
const TAKEN_BACK = 3;

/**
 * @returns the bytes to decode: the same, or a copy that says that something is transparent, by a frame of no size, behind all others,
 * which is not to be shown; and of frames that are cleared away, by an index that no pixel has. Where pixels have all 256, the background's
 * colour is left behind.
 * @param unusedIndices one of each frame, where there is one.
 */
export function withTransparency(
  bytes: Buffer,
  { hasBlackHoles, cleared, endsAt }: GifLayout,
  unusedIndices: (number | undefined)[],
): Buffer {
  if (!hasBlackHoles && cleared.length === 0) return bytes;
  const changed = Buffer.concat(hasBlackHoles ? [bytes.subarray(0, endsAt), TRANSPARENT_FRAME] : [bytes]);
  for (const { frame, controlAt } of cleared) {
    const index = unusedIndices[frame];
    if (index === undefined) continue;
    changed[controlAt + 3] = (changed[controlAt + 3] ?? 0) | 1;
    changed[controlAt + 6] = index;
  }
  return changed;
}

const TRANSPARENT_FRAME = Buffer.from([
  ...[EXTENSION, GRAPHIC_CONTROL, 4, 1, 0, 0, 0, 0],
  ...[IMAGE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0],
  TRAILER,
]);

/** From the packed flags of a screen or an image: 3 bytes for each of 2 to 256 colours, or no table. */
function colourTableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0;
}

/**
 * Each sub-block starts with its length; a length of 0 ends them.
 * @returns undefined when the file ends before that.
 */
function afterSubBlocks(bytes: Buffer, start: number): number | undefined {
  let at = start;
  for (let length = bytes[at]; length !== undefined; length = bytes[at]) {
    at += length + 1;
    if (length === 0) return at;
  }
  return undefined;
}
