/** Whether the frames of a GIF have data for all of their pixels, and which colours none of them has. The decoder shows the ones that it has, and says nothing of others. */
import { corrupt } from "../shared/errors.ts";
import { codeSizeAt, type GifLayout } from "../validate/gif.ts";

/**
 * @returns of each frame, an index of a colour that none of its pixels has, if there is any.
 * @throws ImageRejected (CORRUPT). Data that went wrong on the way ends too early, or too late.
 */
export function unusedIndices(bytes: Buffer, { imagesAt }: GifLayout): (number | undefined)[] {
  return imagesAt.map((at, frame) => {
    const pixels = bytes.readUInt16LE(at + 5) * bytes.readUInt16LE(at + 7);
    const isUsed = new Uint8Array(256);
    const coded = codedPixels(bytes, codeSizeAt(bytes, at), isUsed);
    if (coded === undefined) throw corrupt(new Error(`Frame ${frame} has a code that stands for nothing.`));
    if (coded < pixels || coded > pixels + MAX_SUPERFLUOUS)
      throw corrupt(new Error(`Frame ${frame} has data for ${coded} pixels, and not for ${pixels}.`));
    const unused = isUsed.indexOf(0);
    return unused < 0 ? undefined : unused;
  });
}

/** Some encoders write three to six more, which nobody shows. Each that is borne hides damage: most of it moves the end by a few. */
const MAX_SUPERFLUOUS = 16;

const MAX_CODE_BITS = 12;

/**
 * The lengths of what the codes stand for, added up: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, appendix F
 * @param start where the code size is, and behind it the data, in sub-blocks.
 * @param isUsed is set for each index that is there: the first time, a code of its own stands for it.
 * @returns undefined where there is a code that stands for nothing.
 */
function codedPixels(data: Buffer, start: number, isUsed: Uint8Array): number | undefined {
  const literalBits = data[start] ?? 0;
  if (literalBits >= MAX_CODE_BITS) return undefined;
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
      if (code > free || (lengthBefore === 0 && code > clear)) return undefined;
      if (code < clear) isUsed[code & 0xff] = 1;
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
