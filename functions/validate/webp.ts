/** How many frames a WebP has, told without decoding: the decoder keeps a record of each. */

/** @param bytes a file that starts as a WebP. https://developers.google.com/speed/webp/docs/riff_container */
export function webpFrames(bytes: Buffer): number {
  let frames = 0;
  for (let at = FIRST_CHUNK_AT; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    if (bytes.readUInt32BE(at) === ANMF) frames++;
    const length = bytes.readUInt32LE(at + 4);
    at += CHUNK_HEAD_BYTES + length + (length % 2);
  }
  return Math.max(1, frames);
}

const FIRST_CHUNK_AT = 12;
const CHUNK_HEAD_BYTES = 8;
/** "ANMF", a frame of an animation. */
const ANMF = 0x414e4d46;
