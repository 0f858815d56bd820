import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { privateDataIn, removedText } from "../../site/src/image/private-data.ts";
import { animation, chunk, PNG_SIGNATURE, plain, sample } from "../fixtures/images.ts";

const FORMATS = ["jpeg", "webp", "avif", "png"] as const;
const ARTIST = { Artist: "Ann" };
const BERN = {
  GPSLatitudeRef: "N",
  GPSLatitude: "46/1 57/1 0/1",
  GPSLongitudeRef: "E",
  GPSLongitude: "7/1 26/1 0/1",
};
const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" photoshop:City="Bern" photoshop:Country="" aux:SerialNumber="12">
    <dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator><dc:rights/>
  </rdf:Description></rdf:RDF></x:xmpmeta>`;

const read = (file: Buffer) => privateDataIn(new Blob([new Uint8Array(file)]));
/** Behind its header. */
async function pngWith(more: Buffer): Promise<Buffer> {
  const png = await plain(64, 48).png().toBuffer();
  const behind = PNG_SIGNATURE.length + 25;
  return Buffer.concat([png.subarray(0, behind), more, png.subarray(behind)]);
}

const nothing = { found: [], isWhole: true };

describe("what a file says of whoever took it is found", () => {
  it.each(FORMATS)("in the EXIF of a %s: the position, and the photographer", async (format) => {
    const file = await plain(64, 48).withExif({ IFD0: ARTIST, IFD3: BERN }).toFormat(format).toBuffer();
    expect(await read(file)).toEqual({
      found: ["GPS position", "name of the photographer"],
      isWhole: true,
    });
  });

  it.each(FORMATS)("in the EXIF of a %s: the photographer alone", async (format) => {
    const file = await plain(64, 48).withExif({ IFD0: ARTIST }).toFormat(format).toBuffer();
    expect(await read(file)).toEqual({ found: ["name of the photographer"], isWhole: true });
  });

  it.each(["jpeg", "webp", "avif", "tiff"] as const)(
    "in the XMP of a %s, where it is not empty",
    async (format) => {
      const file = await plain(64, 48).withXmp(XMP).toFormat(format).toBuffer();
      expect(await read(file)).toEqual({
        found: ["serial number of the camera", "name of the photographer", "name of the place"],
        isWhole: true,
      });
    },
  );

  it("in the IPTC of a JPEG", async () => {
    const byLine = Buffer.from("\x1c\x02\x50\x00\x03Ann", "latin1");
    const resource = Buffer.from(`8BIM\x04\x04\0\0\0\0\0${String.fromCharCode(byLine.length)}`, "latin1");
    const body = Buffer.concat([Buffer.from("Photoshop 3.0\0", "latin1"), resource, byLine]);
    const head = Buffer.from([0xff, 0xed, 0, body.length + 2]);
    const jpeg = await plain(64, 48).jpeg().toBuffer();
    const file = Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
    expect(await read(file)).toEqual({ found: ["name of the photographer"], isWhole: true });
  });

  it("in a WebP whose EXIF begins with its TIFF, as the format says; libvips puts the header of JPEG before it", async () => {
    const webp = await plain(64, 48).withExif({ IFD0: ARTIST }).webp().toBuffer();
    const at = webp.indexOf("EXIF");
    const length = webp.readUInt32LE(at + 4);
    expect(webp.subarray(at + 8, at + 14).toString("latin1")).toBe("Exif\0\0");
    webp.writeUInt32LE(length - 6, at + 4);
    const file = Buffer.concat([webp.subarray(0, at + 8), webp.subarray(at + 14)]);
    expect(await read(file)).toEqual({ found: ["name of the photographer"], isWhole: true });
  });

  it("in the international text of a PNG", async () => {
    const text = Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${XMP}`, "latin1");
    expect(await read(await pngWith(chunk("iTXt", text)))).toEqual({
      found: ["serial number of the camera", "name of the photographer", "name of the place"],
      isWhole: true,
    });
  });

  it("in the hexadecimal digits that ImageMagick writes into a PNG", async () => {
    const jpeg = await plain(64, 48).withExif({ IFD0: ARTIST }).jpeg().toBuffer();
    const at = jpeg.indexOf("Exif\0\0");
    const exif = jpeg.subarray(at, at - 2 + jpeg.readUInt16BE(at - 2));
    const profile = deflateSync(`\nexif\n${String(exif.length).padStart(8)}\n${exif.toString("hex")}\n`);
    const text = Buffer.concat([Buffer.from("Raw profile type exif\0\0"), profile]);
    expect(await read(await pngWith(chunk("zTXt", text)))).toEqual({
      found: ["name of the photographer"],
      isWhole: true,
    });
  });
});

describe("nothing is found, and that is sure,", () => {
  it.each([...FORMATS, "tiff"] as const)("in a %s that says nothing", async (format) => {
    expect(await read(await plain(64, 48).toFormat(format).toBuffer())).toEqual(nothing);
  });

  it("in a HEIC and in an animation", async () => {
    expect(await read(sample("astronaut.heic"))).toEqual(nothing);
    expect(await read(await animation("gif", 2, 8, 8))).toEqual(nothing);
  });
});

describe("what cannot be read is not taken for nothing", () => {
  it.each(FORMATS)("in a %s whose EXIF is damaged", async (format) => {
    const file = await plain(64, 48).withExif({ IFD0: ARTIST }).toFormat(format).toBuffer();
    // The header of the TIFF, behind which everything is.
    const at = Math.max(file.lastIndexOf("II*\0", undefined, "latin1"), file.lastIndexOf("MM\0*"));
    file.fill(0xee, at, at + 4);
    expect(await read(file)).toEqual({ found: [], isWhole: false });
  });

  it.each(["webp", "avif"] as const)("in a %s that ends before its EXIF does", async (format) => {
    const file = await plain(64, 48).withExif({ IFD0: ARTIST }).toFormat(format).toBuffer();
    const at = Math.max(file.lastIndexOf("II*\0", undefined, "latin1"), file.lastIndexOf("MM\0*"));
    expect(await read(file.subarray(0, at + 10))).toEqual({ found: [], isWhole: false });
  });

  it("in a PNG whose XMP is compressed, as international text or as libvips does it", async () => {
    const text = Buffer.concat([Buffer.from("XML:com.adobe.xmp\0\x01\0\0\0", "latin1"), deflateSync(XMP)]);
    for (const file of [
      await pngWith(chunk("iTXt", text)),
      await plain(64, 48).withXmp(XMP).png().toBuffer(),
    ])
      expect(await read(file)).toEqual({ found: [], isWhole: false });
  });

  it("in what is no picture", async () => {
    expect(await read(Buffer.from("words, no pixels"))).toEqual({ found: [], isWhole: false });
  });
});

describe("what is said of it", () => {
  const artist = "name of the photographer";

  it("tells what is removed from what the settings keep", () => {
    const found = ["GPS position", artist, "copyright notice"];
    expect(removedText({ found, isWhole: true }, undefined)).toBe(
      `Removed: GPS position, ${artist}, copyright notice.`,
    );
    expect(removedText({ found, isWhole: true }, { creator: "Ann" })).toBe(
      `Removed: GPS position, copyright notice. Kept: ${artist}.`,
    );
  });

  it("tells nothing from what is not known", () => {
    expect(removedText(nothing, undefined)).toBe("The original says nothing of who took it, or where.");
    const unknown = "could not be read here.";
    expect(removedText({ found: [], isWhole: false }, undefined)).toMatch(unknown);
    expect(removedText({ found: [artist], isWhole: false }, undefined)).toMatch(
      new RegExp(`^Removed: ${artist}\\. .*${unknown}`),
    );
  });
});
