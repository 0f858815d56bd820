/** Whether the frames of a GIF have data for all of their pixels. The decoder shows the ones that it has, and says nothing of others. */
import { corrupt } from "../shared/errors.ts";
import { codeSizeAt, type GifLayout } from "../validate/gif.ts";

/** @throws ImageRejected (CORRUPT). Data that went wrong on the way ends too early or too late: encoders write neither. */
export function assertFramesAreWhole(bytes: Buffer, { imagesAt }: GifLayout): void {
  for (const [frame, at] of imagesAt.entries()) {
    const pixels = bytes.readUInt16LE(at + 5) * bytes.readUInt16LE(at + 7);
    const coded = codedPixels(bytes, codeSizeAt(bytes, at));
    if (coded !== pixels)
      throw corrupt(new Error(`Frame ${frame} has data for ${coded} of ${pixels} pixels.`));
  }
}

const MAX_CODE_BITS = 12;

/**
 * The lengths of what the codes stand for, added up: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, appendix F
 * @param start where the code size is, and behind it the data, in sub-blocks.
 * @returns -1 for a code that stands for nothing.
 */
function codedPixels(data: Buffer, start: number): number {
  const literalBits = data[start] ?? 0;
  if (literalBits >= MAX_CODE_BITS) return -1;
  const clear = 1 << literalBits;
  const lengths = new Uint32Array(1 << MAX_CODE_BITS).fill(1, 0, clear);
  let free = clear + 2;
  let codeBits = literalBits + 1;
  // 0: there is none before it.
  let lengthBefore = 0;
  let pixels = 0;
  let bits = 0;
  let bitCount = 0;
  let blockEnd = start + 1;
  for (let at = start + 1; at < data.length; at++) {
    const byte = data[at] ?? 0;
    if (at === blockEnd) {
      if (byte === 0) break;
      blockEnd += 1 + byte;
      continue;
    }
    bits |= byte << bitCount;
    bitCount += 8;
    while (bitCount >= codeBits) {
      const code = bits & ((1 << codeBits) - 1);
      bits >>>= codeBits;
      bitCount -= codeBits;
      if (code === clear + 1) return pixels;
      if (code === clear) {
        free = clear + 2;
        codeBits = literalBits + 1;
        lengthBefore = 0;
        continue;
      }
      if (code > free || (lengthBefore === 0 && code > clear)) return -1;
      // A code that is only being defined stands for what was before, and its first pixel once more.
      const length = code === free ? lengthBefore + 1 : (lengths[code] ?? 0);
      if (lengthBefore > 0 && free < lengths.length) {
        lengths[free++] = lengthBefore + 1;
        if (free === 1 << codeBits && codeBits < MAX_CODE_BITS) codeBits++;
      }
      pixels += length;
      lengthBefore = length;
    }
  }
  return pixels;
}
