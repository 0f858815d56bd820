/** What is uploaded: small pictures of which no two have the same size, and files that are none. An object's ETag tells which it is. */
import { createHash } from "node:crypto";
import sharp from "sharp";

export interface Picture {
  bytes: Buffer;
  /** Of S3, without quotes: the MD5 of the bytes. */
  etag: string;
  /** Undefined: it is to be rejected. */
  width: number | undefined;
}

const FORMATS = ["png", "jpeg", "webp"] as const;
const GOOD = 12;
const LEAST_WIDTH = 24;

export async function makePictures(): Promise<{
  good: [Picture, ...Picture[]];
  damaged: [Picture, ...Picture[]];
}> {
  const make = async (index: number) => {
    const width = LEAST_WIDTH + 2 * index;
    const background = { r: (index * 83) % 256, g: (index * 131) % 256, b: (index * 199) % 256 };
    const format = FORMATS[index % FORMATS.length] ?? "png";
    const picture = sharp({ create: { width, height: LEAST_WIDTH, channels: 3, background } });
    return pictureOf(await picture.toFormat(format).toBuffer(), width);
  };
  const first = await make(0);
  const others = await Promise.all(Array.from({ length: GOOD - 1 }, (_, index) => make(index + 1)));
  const cutOff = first.bytes.subarray(0, first.bytes.length - 40);
  return {
    good: [first, ...others],
    damaged: [pictureOf(Buffer.from("no picture")), pictureOf(Buffer.alloc(0)), pictureOf(cutOff)],
  };
}

function pictureOf(bytes: Buffer, width?: number): Picture {
  return { bytes, etag: createHash("md5").update(bytes).digest("hex"), width };
}
