/**
 * Whether a GIF goes on to its end. The decoder is lenient: of a file that was cut off it shows the frames that
 * are there, as if there had never been more.
 */

/**
 * Walks the blocks, without decoding them, to the trailer.
 * @param bytes a file that starts as a GIF. https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function isWholeGif(bytes: Buffer): boolean {
  let at = SCREEN_BYTES + colourTableBytes(bytes[10]);
  for (;;) {
    switch (bytes[at]) {
      case TRAILER:
        return true;
      case EXTENSION:
        at = afterSubBlocks(bytes, at + 2);
        break;
      case IMAGE:
        // After the descriptor and its own colour table comes the code size, and then the data.
        at = afterSubBlocks(bytes, at + DESCRIPTOR_BYTES + colourTableBytes(bytes[at + 9]) + 1);
        break;
      default:
        return false;
    }
  }
}

const TRAILER = 0x3b;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const SCREEN_BYTES = 13;
const DESCRIPTOR_BYTES = 10;

/** From the packed flags of a screen or an image: 3 bytes for each of 2 to 256 colours, or no table. */
function colourTableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0;
}

/** Each sub-block starts with its length; a length of 0 ends them. */
function afterSubBlocks(bytes: Buffer, start: number): number {
  let at = start;
  for (let length = bytes[at]; length !== undefined; length = bytes[at]) {
    at += length + 1;
    if (length === 0) return at;
  }
  return at;
}
