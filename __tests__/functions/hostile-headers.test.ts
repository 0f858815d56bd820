/** What reads strangers' bytes in JavaScript takes any bytes, and takes no time over them. */
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { expect, it } from "vitest";
import { withoutOddities } from "../../functions/resize/jpeg-oddities.ts";
import { ImageRejected } from "../../functions/shared/errors.ts";
import { fileTypeOf } from "../../functions/shared/file-type.ts";
import { assertReadableAvif, avifLayout } from "../../functions/validate/avif.ts";
import { cameraFrom } from "../../functions/validate/camera.ts";
import { gifLayout } from "../../functions/validate/gif.ts";
import { heicLayout } from "../../functions/validate/heic.ts";
import { assertReadableJpeg } from "../../functions/validate/jpeg.ts";
import { withAlphaTurned } from "../../functions/validate/picture-items.ts";
import { pngLayout } from "../../functions/validate/png.ts";
import { withMetadataFirst } from "../../functions/validate/png-metadata.ts";
import { rightsFrom } from "../../functions/validate/rights.ts";
import { assertReadableTiff, tiffLayout } from "../../functions/validate/tiff.ts";
import { webpFrames } from "../../functions/validate/webp.ts";
import { avifFile } from "../fixtures/corpus/avif-file.ts";
import { chart, chartWithAlpha } from "../fixtures/corpus/made-with-sharp.ts";
import { pngMetadataCases } from "../fixtures/corpus/png-metadata-cases.ts";
import { tiffFile } from "../fixtures/corpus/tiff-file.ts";
import { rgb8 } from "../fixtures/corpus/tiff-pictures.ts";
import { animation } from "../fixtures/images.ts";
import { randomNumbers } from "../fixtures/random.ts";

const READERS: ((bytes: Buffer) => unknown)[] = [
  assertReadableJpeg,
  withoutOddities,
  assertReadableAvif,
  avifLayout,
  withAlphaTurned,
  fileTypeOf,
  webpFrames,
  heicLayout,
  (gif) => gifLayout(gif, 300),
  pngLayout,
  withMetadataFirst,
  assertReadableTiff,
  tiffLayout,
  cameraFrom,
  (exif) => rightsFrom({ exif }),
];

function readAll(bytes: Buffer): void {
  for (const read of READERS)
    try {
      read(bytes);
    } catch (error) {
      if (!(error instanceof ImageRejected)) throw error;
    }
}

async function exifOf(): Promise<Buffer> {
  const file = await chart()
    .withExif({ IFD0: { Make: "Maker", Artist: "Ann" }, IFD2: { DateTimeOriginal: "2024:05:06 07:08:09" } })
    .jpeg()
    .toBuffer();
  const { exif } = await sharp(file).metadata();
  if (exif === undefined) throw new Error("sharp wrote no EXIF.");
  return exif;
}

const files: [string, () => Promise<Buffer> | Buffer][] = [
  ["a TIFF", () => tiffFile({ ...rgb8, tiled: true, subDirectory: rgb8 })],
  ["a BigTIFF", () => tiffFile({ ...rgb8, big: true, rowsPerStrip: 4 })],
  ["an AVIF", () => chartWithAlpha().avif({ effort: 0 }).toBuffer()],
  [
    "an AVIF of parts",
    async () => avifFile(await chart().avif({ effort: 0 }).toBuffer(), 64, 48, { nclx: [9, 13], columns: 4 }),
  ],
  [
    "a HEIC of parts",
    () =>
      avifFile(readFileSync(new URL("../fixtures/corpus/chart-coded.heic", import.meta.url)), 128, 96, {
        codec: "hevc",
        columns: 4,
        clap: [300, 90],
        quarterTurns: 1,
        xmp: "<x:xmpmeta/>",
      }),
  ],
  ["EXIF", exifOf],
  [
    "an AVIF with alpha to be turned",
    () => readFileSync(new URL("../fixtures/corpus/turned-without-alpha.avif", import.meta.url)),
  ],
  ["a JPEG", () => chart().withIccProfile("p3").jpeg().toBuffer()],
  ["a PNG", () => chart().withIccProfile("p3").png().toBuffer()],
  ...pngMetadataCases.map(({ name, make }): [string, typeof make] => [`a ${name}`, make]),
  ["a GIF", () => animation("gif", 4, 20, 10)],
];

it.each(files)("%s with bytes turned, cut off, or repeated", async (_, make) => {
  const whole = await make();
  const random = randomNumbers(42);
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(whole.subarray(0, round % 3 === 0 ? random(whole.length) : whole.length));
    // Headers are at the start or, of a TIFF, at the end: that is where most of the damage goes.
    for (let change = 0; change <= round % 8; change++) {
      const at = random(2) === 0 ? random(Math.min(400, bytes.length)) : bytes.length - 1 - random(400);
      bytes[at] = [0, 0xff, 0x7f, random(256), (bytes[at] ?? 0) ^ (1 << random(8))][random(5)] ?? 0;
    }
    readAll(bytes);
  }
});

it("bytes at random behind each signature", () => {
  const random = randomNumbers(7);
  const starts = [
    "\xff\xd8\xff",
    "II*\0",
    "MM\0*",
    "II+\0",
    "\x89PNG\r\n\x1a\n",
    "GIF89a",
    "\0\0\0\x18ftypavif",
    "\0\0\0\x18ftypheic",
    "",
  ];
  for (let round = 0; round < 3000; round++) {
    const noise = Buffer.from(Array.from({ length: random(600) }, () => random(256)));
    readAll(Buffer.concat([Buffer.from(starts[round % starts.length] ?? "", "latin1"), noise]));
  }
});

it("EXIF of which every field claims all of its two megabytes is read like any other", () => {
  const fields = 1000;
  const exif = Buffer.alloc(2_000_000, 1);
  exif.write("II*\0\x08\0\0\0", "latin1");
  exif.writeUInt16LE(fields, 8);
  for (let index = 0; index < fields; index++) {
    const at = 10 + index * 12;
    exif.writeUInt16LE(0x9000 + index, at);
    exif.writeUInt16LE(1, at + 2);
    exif.writeUInt32LE(exif.length - 8, at + 4);
    exif.writeUInt32LE(8, at + 8);
  }
  exif.write("\x0f\x01\x02\0\x03\0\0\0Me\0\0", 10, "latin1");
  expect(cameraFrom(exif)).toEqual({ make: "Me" });
  expect(rightsFrom({ exif })).toBeUndefined();
});

it("a directory that refers to itself, and boxes that hold as many as they can, end", () => {
  const directory = Buffer.alloc(8 + 2 + 12 + 4);
  directory.write("II*\0", "latin1");
  directory.writeUInt32LE(8, 4);
  directory.writeUInt16LE(1, 8);
  directory.set([0x4a, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0], 10);
  directory.writeUInt32LE(8, 22);
  expect(tiffLayout(directory)).toMatchObject({ samplesPerPixel: 1 });
  const box = Buffer.from("\0\0\0\x08free", "latin1");
  expect(avifLayout(Buffer.concat(Array(100_000).fill(box)))).toMatchObject({ hasAlpha: false });
});

it("headers of progressive pictures by the hundred thousand, behind one, are left as they are", () => {
  const header = (components: number) =>
    Buffer.from([
      0xff,
      0xc2,
      0,
      8 + 3 * components,
      8,
      0,
      8,
      0,
      8,
      components,
      ...Array(3 * components).fill(1),
    ]);
  const scan = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 255, 0]);
  const file = (...parts: Buffer[]) => Buffer.concat([Buffer.from([0xff, 0xd8]), ...parts]);
  const wide = header(80);
  const hostile = file(header(1), scan, Buffer.alloc(200_000 * wide.length, wide));
  expect(withoutOddities(hostile).equals(file(hostile.subarray(2), Buffer.from([0xff, 0xd9])))).toBe(true);
  // Those that come before the picture has all its scans do not bring it to its end.
  expect(withoutOddities(file(header(1), wide))).toEqual(file(header(1), wide));
});

it("a text of a PNG whose keyword goes on in its checksum is not taken for EXIF", () => {
  const chunkOf = (type: string, data: string, checksum = "\0\0\0\0") => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type + data + checksum, "latin1")]);
  };
  const start = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const name = "Raw profile type exif";
  const exif = "II*\0\x08\0\0\0";
  const profile = `${name}\0\nexif\n8\n${Buffer.from(exif, "latin1").toString("hex")}`;
  const png = Buffer.concat([start, chunkOf("tEXt", name), chunkOf("tEXt", profile), chunkOf("IDAT", "")]);
  expect(withMetadataFirst(png).includes(`eXIf${exif}`, 0, "latin1")).toBe(true);
});

it("of a GIF of millions of frames, that are to be cleared away, no more than their number is kept", () => {
  const frame = Buffer.from("!\xf9\x04\x08\0\0\0\0,\0\0\0\0\0\0\0\0\0\x02\0", "latin1");
  const start = Buffer.from("GIF89a\x01\0\x01\0\0\0\0", "latin1");
  const layout = gifLayout(Buffer.concat([start, Buffer.alloc(1_000_000 * frame.length, frame)]), 300);
  expect(layout.frames).toBe(1_000_000);
  expect(layout.imagesAt).toHaveLength(300);
  expect(layout.cleared).toHaveLength(299);
});
