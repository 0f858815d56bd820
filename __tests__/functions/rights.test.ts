import { readFileSync } from "node:fs";
import readExif from "exif-reader";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { isDisplayP3 } from "../../functions/resize/display-p3.ts";
import type { Rights } from "../../functions/shared/rights.ts";
import { inspect } from "../../functions/validate/inspect.ts";
import { rightsFrom } from "../../functions/validate/rights.ts";
import { encode } from "../../functions/watermark/encode.ts";
import { avifFile } from "../fixtures/corpus/avif-file.ts";
import { tiffFile } from "../fixtures/corpus/tiff-file.ts";
import { derived } from "../fixtures/derived.ts";
import { plain, sample } from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits } = defaultSettings;
const inspected = (file: Buffer) => inspect(file, file.length, limits, async () => file);
const ZOE: Rights = { creator: "Zoë Ångström & Søn", copyright: "© 2026 Zoë <all rights>" };

/** A dataset of IPTC's application record. */
function dataset(number: number, text: Buffer): Buffer {
  const head = Buffer.from([0x1c, 2, number, 0, 0]);
  head.writeUInt16BE(text.length, 3);
  return Buffer.concat([head, text]);
}

const xmp = (inside: string) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">${inside}</rdf:Description></rdf:RDF></x:xmpmeta>`;
const CREATORS =
  "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob &amp; Co</rdf:li></rdf:Seq></dc:creator>";
const RIGHTS = `<dc:rights>\n <rdf:Alt>\n  <rdf:li xml:lang='x-default'>&#169; Ann &#x1F600;</rdf:li><rdf:li xml:lang='fr'>fr</rdf:li></rdf:Alt></dc:rights>`;

describe("creator and copyright are read", () => {
  const photograph = () => sharp(sample("rocket.jpg")).resize(160);

  it.each(["jpeg", "png", "webp", "avif"] as const)("from the EXIF of a %s", async (format) => {
    const exif = { IFD0: { Artist: "Ann", Copyright: "(C) Ann" } };
    const file = await photograph().withExif(exif).toFormat(format).toBuffer();
    expect((await inspected(file)).rights).toEqual({ creator: "Ann", copyright: "(C) Ann" });
  });

  it("from the fields of a TIFF", () => {
    const ascii = (text: string) => [...Buffer.from(`${text}\0`)];
    const tiff = tiffFile({
      samples: Array(64 * 3).fill(9),
      width: 8,
      height: 8,
      samplesPerPixel: 3,
      bits: 8,
      photometric: 2,
      fields: [
        [315, "ascii", ascii("Søren")],
        [33432, "ascii", ascii(`© ${"long ".repeat(20)}`)],
      ],
    });
    expect(rightsFrom({ tiff })).toEqual({ creator: "Søren", copyright: `© ${"long ".repeat(20)}`.trim() });
  });

  it.each(["jpeg", "png", "webp", "avif", "tiff"] as const)("from the XMP of a %s", async (format) => {
    const file = await photograph()
      .withXmp(xmp(CREATORS + RIGHTS))
      .toFormat(format)
      .toBuffer();
    expect((await inspected(file)).rights).toEqual({ creator: "Ann; Bob & Co", copyright: "© Ann 😀" });
  });

  it("from the XMP of a HEIC, which is an item of its own", async () => {
    const coded = readFileSync(new URL("../fixtures/corpus/chart-coded.heic", import.meta.url));
    const said = xmp(CREATORS + RIGHTS);
    for (const columns of [1, 2]) {
      const file = avifFile(coded, 128, 96, { codec: "hevc", columns, xmp: said });
      expect((await inspected(file)).rights).toEqual({ creator: "Ann; Bob & Co", copyright: "© Ann 😀" });
      const ofAnother = Buffer.from(file);
      ofAnother.write("cdsX", file.indexOf("cdsc"), "latin1");
      expect((await inspected(ofAnother)).rights).toBeUndefined();
    }
  });

  it("from the XMP of a GIF, which nobody is turned by", async () => {
    const gif = await plain(8, 6).gif().toBuffer();
    // https://developer.adobe.com/xmp/docs/XMPSpecifications/, part 3, 1.1.2: it is read as text, or as sub-blocks that end with the last zero.
    const extension = Buffer.concat([
      Buffer.from("!\xff\x0bXMP DataXMP", "latin1"),
      Buffer.from(xmp(`${CREATORS}${RIGHTS}<tiff:Orientation>6</tiff:Orientation>`)),
      Buffer.from([1, ...Array.from({ length: 256 }, (_, index) => 255 - index), 0]),
    ]);
    const file = Buffer.concat([gif.subarray(0, -1), extension, gif.subarray(-1)]);
    expect(await inspected(file)).toEqual({
      format: "gif",
      width: 8,
      height: 6,
      frames: 1,
      rights: { creator: "Ann; Bob & Co", copyright: "© Ann 😀" },
    });
  });

  it.each([
    ["UTF-8", Buffer.from("© Søren")],
    ["Latin-1", Buffer.from("© Søren", "latin1")],
  ])("from the IPTC of a JPEG, in %s", async (_, notice) => {
    const iim = Buffer.concat([
      dataset(5, Buffer.from("a title")),
      dataset(80, Buffer.from("Ann")),
      dataset(116, notice),
    ]);
    const resource = Buffer.from("Photoshop 3.0\u00008BIM\u0004\u0004\0\0\0\0\0\0", "latin1");
    resource.writeUInt32BE(iim.length, resource.length - 4);
    const segment = Buffer.concat([Buffer.from([0xff, 0xed, 0, 0]), resource, iim]);
    segment.writeUInt16BE(segment.length - 2, 2);
    const jpeg = await photograph().jpeg().toBuffer();
    const file = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
    expect((await inspected(file)).rights).toEqual({ creator: "Ann", copyright: "© Søren" });
  });

  it("each from XMP before EXIF, and from EXIF in UTF-8 too", () => {
    expect(rightsFrom({ xmp: Buffer.from(xmp(RIGHTS)) })).toEqual({ copyright: "© Ann 😀" });
    expect(rightsFrom({ iptc: dataset(80, Buffer.from("I")), xmp: Buffer.from(xmp(RIGHTS)) })).toEqual({
      creator: "I",
      copyright: "© Ann 😀",
    });
  });

  it("as nothing, where a file says nothing or makes no sense, however hostile", async () => {
    expect((await inspected(sample("rocket.jpg"))).rights).toBeUndefined();
    expect(rightsFrom({})).toBeUndefined();
    const whole = Buffer.from(xmp(CREATORS + RIGHTS));
    const iim = dataset(80, Buffer.from("Ann"));
    for (let length = 0; length < 400; length++) {
      rightsFrom({
        xmp: whole.subarray(0, length),
        iptc: iim.subarray(0, length),
        exif: whole.subarray(length),
      });
      rightsFrom({
        iptc: Buffer.concat([Buffer.from("8BIM\u0004\u0004", "latin1"), Buffer.alloc(length % 20, length)]),
      });
    }
    const long = rightsFrom({
      xmp: Buffer.from(xmp(`<dc:creator><rdf:li>${"x".repeat(9000)}</rdf:li></dc:creator>`)),
    });
    expect(long?.creator).toHaveLength(300);
    // Of the processor: others may have it in between.
    const before = process.cpuUsage();
    rightsFrom({ xmp: Buffer.from(xmp(`<dc:creator>${"<rdf:li ".repeat(100_000)}</dc:creator>`)) });
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});

describe("published files", () => {
  const pixels = {
    data: Buffer.alloc(80 * 80 * 3, 120),
    width: 80,
    height: 80,
    channels: 3 as const,
    frames: 1,
  };

  it.each(["jpeg", "webp", "avif", "png"] as const)(
    "of %s say whose they are, and nothing else",
    async (format) => {
      const file = await encode(pixels, { format }, { carried: { rights: ZOE } });
      const metadata = await sharp(file).metadata();
      expect(rightsFrom(metadata)).toEqual(ZOE);
      expect(rightsFrom({ xmp: metadata.xmp })).toEqual(ZOE);
      const exif = readExif(metadata.exif ?? Buffer.alloc(0));
      // EXIF is in ASCII, in which a name may lose its accents, and is left out when it would lose letters.
      expect(exif.Image).toMatchObject({ Copyright: "(C) 2026 Zoe <all rights>" });
      expect(exif.Image?.Artist).toBeUndefined();
      expect([exif.GPSInfo, exif.Photo?.BodySerialNumber]).toEqual([undefined, undefined]);
      expect(metadata.icc).toBeUndefined();
    },
  );
});

describe("Display P3", () => {
  const keeping = { ...limits, keepsDisplayP3: true };
  const variant = { name: "v", width: 40, height: 40, fit: "inside" as const, formats: ["webp" as const] };
  // A red that sRGB does not have.
  const inP3 = (depth: "srgb" | "rgb16" = "srgb") =>
    plain(80, 60, "#ff0000").toColourspace(depth).withIccProfile("p3", { attach: true });
  const p3Numbers = async () => {
    const profile = (await sharp(await inP3().png().toBuffer()).metadata()).icc;
    return { profile, file: await plain(80, 60, "#ff2010").withIccProfile("p3").png().toBuffer() };
  };

  it("is known by its profile; others, and broken ones, are not taken for it", async () => {
    const { profile = Buffer.alloc(0) } = await p3Numbers();
    expect(isDisplayP3(profile)).toBe(true);
    const srgb = (await sharp(await plain(8, 8).withIccProfile("srgb").png().toBuffer()).metadata()).icc;
    const cmyk = (await sharp(await plain(8, 8).withIccProfile("cmyk").jpeg().toBuffer()).metadata()).icc;
    for (const other of [srgb, cmyk, undefined, Buffer.alloc(500)]) expect(isDisplayP3(other)).toBe(false);
    for (let length = 0; length < profile.length; length++) isDisplayP3(profile.subarray(0, length));
    const anotherGreen = Buffer.from(profile);
    const green = profile.indexOf("gXYZ") + 4;
    anotherGreen.writeInt32BE(20_000, profile.readUInt32BE(green) + 8);
    expect(isDisplayP3(anotherGreen)).toBe(false);
  });

  it.each(["jpeg", "png", "webp", "avif", "tiff"] as const)(
    "of a %s stays, number by number, where it is kept",
    async (format) => {
      const { file } = await p3Numbers();
      const numbers = [...(await sharp(file, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
      const sent = await sharp(file).keepIccProfile().toFormat(format, { quality: 100 }).toBuffer();
      const original = await inspected(sent);
      const kept = await derived(sent, original, [variant], keeping);
      expect(kept.colourSpace).toBe("display-p3");
      const [only] = kept.variants;
      const [red = 0, green = 0, blue = 0] = only?.pixels.data ?? [];
      [red, green, blue].forEach((sample, index) => {
        expect(Math.abs(sample - (numbers[index] ?? 0))).toBeLessThan(5);
      });
      const converted = await derived(sent, original, [variant], limits);
      expect(converted.colourSpace).toBeUndefined();
      expect(converted.variants[0]?.pixels.data[0]).toBeGreaterThan(red);
      // What a page shows before is in sRGB all the same.
      const near = (one: string, other: string) =>
        [1, 3, 5].every(
          (at) =>
            Math.abs(
              Number.parseInt(one.slice(at, at + 2), 16) - Number.parseInt(other.slice(at, at + 2), 16),
            ) < 6,
        );
      expect(near(kept.dominantColour, converted.dominantColour), kept.dominantColour).toBe(true);
    },
  );

  it("is in 16 bits too, and sRGB stays sRGB", async () => {
    const { file } = await p3Numbers();
    const deep = await sharp(file).keepIccProfile().toColourspace("rgb16").png().toBuffer();
    expect((await derived(deep, await inspected(deep), [variant], keeping)).colourSpace).toBe("display-p3");
    for (const other of [sample("rocket.jpg"), await plain(40, 40).withIccProfile("srgb").png().toBuffer()])
      expect((await derived(other, await inspected(other), [variant], keeping)).colourSpace).toBeUndefined();
  });

  it.each(["jpeg", "webp", "avif", "png"] as const)(
    "is what a %s says it is in, with the same numbers",
    async (format) => {
      const data = Buffer.from(Array.from({ length: 90 * 90 }, () => [230, 60, 40]).flat());
      const pixels = { data, width: 90, height: 90, channels: 3 as const, frames: 1 };
      const file = await encode(pixels, { format, quality: 95 }, { carried: { colourSpace: "display-p3" } });
      const { icc, depth } = await sharp(file).metadata();
      expect(isDisplayP3(icc)).toBe(true);
      expect(depth).toBe("uchar");
      const numbers = [...(await sharp(file, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
      numbers.forEach((sample, index) => {
        expect(Math.abs(sample - (data[index] ?? 0))).toBeLessThan(4);
      });
    },
  );
});
