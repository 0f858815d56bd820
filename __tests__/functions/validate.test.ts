import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { fileTypeOf } from "../../functions/shared/file-type.ts";
import { HEAD_BYTES, inspect } from "../../functions/validate/inspect.ts";
import {
  animation,
  chunk,
  noise,
  plain,
  pngBomb,
  redAboveBlue,
  sample,
  svgWithScript,
  truncatedJpeg,
  zip,
} from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits } = defaultSettings;

/** Inspects a file as the function does, and tells whether it had to be read whole. */
async function inspectFile(file: Buffer, limitsOver: Partial<typeof limits> = {}) {
  let readWhole = false;
  const result = await inspect(
    file.subarray(0, HEAD_BYTES),
    file.length,
    { ...limits, ...limitsOver },
    async () => {
      readWhole = true;
      return file;
    },
  );
  return { ...result, readWhole };
}

describe("validate accepts", () => {
  it.each(["jpeg", "png", "webp", "avif", "gif", "tiff"] as const)("a %s image", async (format) => {
    const file = await plain(64, 48).toFormat(format).toBuffer();
    expect(await inspectFile(file)).toMatchObject({ format, width: 64, height: 48, frames: 1 });
  });

  it("a large photograph by its header alone", async () => {
    const file = await sharp(sample("hubble_deep_field.jpg")).resize(4000).jpeg({ quality: 95 }).toBuffer();
    expect(file.length).toBeGreaterThan(HEAD_BYTES);
    expect(await inspectFile(file)).toMatchObject({ width: 4000, height: 3488, readWhole: false });
  });

  it("a photograph whose colour profile pushes the header out of the first bytes", async () => {
    const icc = await plain(9, 9).withIccProfile("p3").jpeg().toBuffer();
    const app2 = Buffer.concat([Buffer.from([0xff, 0xe1, 0xff, 0xff]), Buffer.alloc(0xffff - 2, 0x20)]);
    const file = Buffer.concat([icc.subarray(0, 2), app2, app2, icc.subarray(2)]);
    expect(await inspectFile(file)).toMatchObject({ width: 9, height: 9, readWhole: true });
  });

  it("a PNG whose EXIF lies behind its pixels, out of the first bytes", async () => {
    const [png, jpeg] = await Promise.all([
      noise(200, 120),
      plain(9, 9)
        .withMetadata({ orientation: 6 })
        .withExifMerge({ IFD0: { Make: "Canon", Artist: "Ann" } })
        .jpeg()
        .toBuffer(),
    ]);
    const { exif } = await sharp(jpeg).metadata();
    const file = Buffer.concat([
      png.subarray(0, -12),
      chunk("eXIf", Buffer.from(exif ?? []).subarray(6)),
      png.subarray(-12),
    ]);
    expect(await inspectFile(file)).toMatchObject({
      width: 120,
      height: 200,
      camera: { make: "Canon" },
      rights: { creator: "Ann" },
      readWhole: true,
    });
  });

  it("a photograph lying on its side, with the size it has upright", async () => {
    const file = await sharp(await redAboveBlue(60, 40))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await inspectFile(file)).toMatchObject({ width: 40, height: 60 });
  });

  it.each(["gif", "webp"] as const)("an animated %s, with its frames counted", async (format) => {
    const file = await animation(format, 5, 20, 10);
    expect(await inspectFile(file)).toMatchObject({ width: 20, height: 10, frames: 5 });
  });

  it("camera and time from EXIF, but not the place", async () => {
    const file = await plain(9, 9)
      .withExif({
        IFD0: { Make: "Canon\u0000", Model: "EOS R5" },
        IFD2: { DateTimeOriginal: "2024:05:06 07:08:09", OffsetTimeOriginal: "+02:00" },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
      })
      .jpeg()
      .toBuffer();
    const { camera } = await inspectFile(file);
    expect(camera).toEqual({ make: "Canon", model: "EOS R5", takenAt: "2024-05-06T07:08:09+02:00" });
  });

  it("no time from a camera whose clock was never set", async () => {
    const file = await plain(9, 9)
      .withExif({ IFD0: { Make: "Canon" }, IFD2: { DateTimeOriginal: "0000:00:00 00:00:00" } })
      .jpeg()
      .toBuffer();
    expect((await inspectFile(file)).camera).toEqual({ make: "Canon" });
  });
});

describe("validate rejects, with a sentence that tells what to do:", () => {
  it.each([
    ["an empty file", Buffer.alloc(0), "EMPTY", /empty/],
    [
      "text renamed .jpg",
      Buffer.from("Grüße aus der Datei\n".repeat(50)),
      "UNSUPPORTED_TYPE",
      /This is text/,
    ],
    ["an SVG with a script", svgWithScript, "UNSUPPORTED_TYPE", /an SVG drawing/],
    ["a PDF", Buffer.from("%PDF-1.7\n%\xb5\xed\xae\xfb\n", "latin1"), "UNSUPPORTED_TYPE", /a PDF document/],
    ["a zip", zip, "UNSUPPORTED_TYPE", /a ZIP archive/],
    [
      "a HEIC photograph that is only its type",
      Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"),
      "CORRUPT",
      /damaged/,
    ],
    ["random bytes", Buffer.from([7, 0, 1, 2, 3, 255, 254]), "UNSUPPORTED_TYPE", /unknown type/],
    ["a JPEG that stops in its header", sample("rocket.jpg").subarray(0, 20), "CORRUPT", /damaged/],
    ["a GIF that stops early", Buffer.from("GIF89a\x01"), "CORRUPT", /damaged/],
    ["a decompression bomb", pngBomb(50_000, 50_000), "TOO_MANY_PIXELS", /50,000 x 50,000 pixels/],
  ])("%s", async (_, file, code, sentence) => {
    const rejection = inspectFile(file);
    await expect(rejection).rejects.toMatchObject({ name: "ImageRejected", code });
    await expect(rejection).rejects.toThrow(sentence);
  });

  it("a file over the byte limit, without reading the rest of it", async () => {
    const file = sample("rocket.jpg");
    await expect(inspectFile(file, { maxBytes: file.length - 1 })).rejects.toThrow(
      /TOO_MANY_BYTES: The file has 112,525 bytes; at most 112,524 are accepted/,
    );
    await expect(inspectFile(file, { maxBytes: file.length })).resolves.toBeDefined();
  });

  it.each([
    ["gif", (whole: Buffer) => whole.subarray(0, whole.length - 1)],
    ["webp", (whole: Buffer) => whole],
  ] as const)("a %s of millions of frames, before anything is kept of each", async (format, begin) => {
    const start = begin(await animation(format, 2, 20, 10));
    const frame = format === "gif" ? ",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0" : "ANMF\0\0\0\0";
    const file = Buffer.concat([
      start,
      Buffer.alloc(400_000 * frame.length, frame, "latin1"),
      Buffer.from(";"),
    ]);
    await expect(inspectFile(file)).rejects.toThrow(/TOO_MANY_FRAMES.*400,002 frames; at most 300/);
  });

  it("an animation over the frame limit, and one whose frames have too many pixels together", async () => {
    const file = await animation("gif", 6, 20, 10);
    await expect(inspectFile(file, { maxFrames: 5 })).rejects.toThrow(/TOO_MANY_FRAMES.*6 frames; at most 5/);
    await expect(inspectFile(file, { maxPixels: 1199 })).rejects.toThrow(/TOO_MANY_PIXELS/);
    await expect(inspectFile(file, { maxFrames: 6, maxPixels: 1200 })).resolves.toBeDefined();
  });
});

it.each([0.3, 0.5, 0.9])(
  "a GIF of which %f is there is damaged, however many frames can still be seen",
  async (part) => {
    const file = await animation("gif", 6, 60, 40);
    await expect(inspectFile(file)).resolves.toMatchObject({ frames: 6 });
    const cut = file.subarray(0, Math.floor(file.length * part));
    await expect(inspectFile(cut)).rejects.toMatchObject({ code: "CORRUPT" });
  },
);

it("a truncated photograph passes its header: only decoding can tell", async () => {
  await expect(inspectFile(truncatedJpeg())).resolves.toMatchObject({ format: "jpeg" });
});

it("the type comes from the bytes, so AVIF is told from its relatives", () => {
  const box = (brand: string) => Buffer.from(`\0\0\0\x14ftyp${brand}\0\0\0\0miaf`, "latin1");
  expect(fileTypeOf(box("avif"))).toEqual({ accepted: "avif" });
  expect(fileTypeOf(box("mp42"))).toEqual({ refused: "a video" });
});

it("a HEIC is as large as it is shown, and its camera is the EXIF item's", async () => {
  const heic = readFileSync(new URL("../fixtures/corpus/chart.heic", import.meta.url));
  expect(await inspectFile(heic)).toMatchObject({
    format: "heic",
    width: 128,
    height: 96,
    frames: 1,
    camera: { make: "Maker", model: "Model" },
  });
  await expect(inspectFile(heic, { maxPixels: 128 * 96 - 1 })).rejects.toThrow(/128 x 96 pixels/);
});

it("a HEIC is refused where it is turned off, and what is accepted is told without it", async () => {
  const refused = (bytes: Buffer) =>
    inspect(bytes, bytes.length, limits, async () => bytes, "", { heic: false });
  const heic = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
  await expect(refused(heic)).rejects.toThrow(
    /This is a HEIC photograph\. Export it as a JPEG.*Most Compatible/,
  );
  await expect(refused(Buffer.from("%PDF-1.7\n"))).rejects.toThrow(/WebP, AVIF, GIF, or TIFF image\./);
  const pdf = Buffer.from("%PDF-1.7\n");
  await expect(inspectFile(pdf)).rejects.toThrow(/AVIF, GIF, TIFF, or HEIC image\./);
});

it("a refusal speaks of the name only where it claims to be of an accepted type", async () => {
  const heic = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
  const named = (name: string) => inspect(heic, heic.length, limits, async () => heic, name, { heic: false });
  await expect(named("users/ann/1/IMG_1.HEIC")).rejects.toThrow(/: This is a HEIC photograph\. Export it/);
  await expect(named("IMG_1.JPG")).rejects.toThrow(/This is a HEIC photograph, whatever its name says\./);
  await expect(named("")).rejects.toThrow(/This is a HEIC photograph\./);
});
