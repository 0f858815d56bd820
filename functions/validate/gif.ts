/** How many frames a GIF has, and whether it goes on to its end, told without decoding: the decoder keeps a record of each frame, and is lenient. */

export interface GifLayout {
  frames: number;
  /** Of a file that was cut off, the decoder shows the frames that are there, as if there had never been more. */
  isWhole: boolean;
}

/**
 * Walks the blocks to the trailer. Writers have left out the trailer, or put a zero before a block: nothing of the picture is missing then.
 * @param bytes a file that starts as a GIF. https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function gifLayout(bytes: Buffer): GifLayout {
  let at: number | undefined = SCREEN_BYTES + colourTableBytes(bytes[10]);
  let frames = 0;
  let endsInImage = false;
  while (at !== undefined && at < bytes.length) {
    switch (bytes[at]) {
      case TRAILER:
        return { frames, isWhole: true };
      case STRAY:
        at++;
        break;
      case EXTENSION:
        endsInImage = false;
        at = afterSubBlocks(bytes, at + 2);
        break;
      case IMAGE:
        endsInImage = true;
        frames++;
        // After the descriptor and its own colour table comes the code size, and then the data.
        at = afterSubBlocks(bytes, at + DESCRIPTOR_BYTES + colourTableBytes(bytes[at + 9]) + 1);
        break;
      default:
        return { frames, isWhole: false };
    }
  }
  return { frames, isWhole: at !== undefined && endsInImage };
}

const TRAILER = 0x3b;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const STRAY = 0;
const SCREEN_BYTES = 13;
const DESCRIPTOR_BYTES = 10;

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
