import readExif from "exif-reader";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isDisplayP3 } from "../../functions/resize/display-p3.ts";
import { rightsFrom } from "../../functions/validate/rights.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { plain, sample } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({
    IMAGE_PIPELINE_KEEP_METADATA: '["copyright", "displayP3"]',
    IMAGE_PIPELINE_VARIANTS: JSON.stringify([
      { name: "v", width: 200, height: 200, formats: ["webp", "jpeg", "avif", "png"], quality: 95 },
    ]),
  });
});
afterAll(() => pipeline.stop());

describe("by setting, published files keep", () => {
  it("creator and copyright, and neither place nor serial number", async () => {
    const photograph = await sharp(sample("rocket.jpg"))
      .withExif({
        IFD0: { Make: "Canon", Artist: "Ann", Copyright: "(C) 2026 Ann" },
        IFD2: { BodySerialNumber: "12345" },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
      })
      .jpeg()
      .toBuffer();
    const user = await apiClientOf(pipeline, "rights@example.org");
    const { body } = await user.call("POST", "/images", {
      body: new Uint8Array(photograph),
      headers: { "content-type": "image/jpeg" },
    });
    await pipeline.idle();
    const rights = { creator: "Ann", copyright: "(C) 2026 Ann" };
    const { body: image } = await user.get(`/images/${body.imageId}`);
    expect(image).toMatchObject({ status: "PROCESSED", rights });
    expect(image.variants).toHaveLength(4);
    for (const { url } of image.variants) {
      const file = Buffer.from(await (await fetch(url)).arrayBuffer());
      const metadata = await sharp(file).metadata();
      expect(rightsFrom(metadata)).toEqual(rights);
      const exif = readExif(metadata.exif ?? Buffer.alloc(0));
      expect(exif.Image).toMatchObject({ Artist: "Ann", Copyright: "(C) 2026 Ann" });
      expect([exif.GPSInfo, exif.Photo?.BodySerialNumber, exif.Image?.Make]).toEqual(
        Array(3).fill(undefined),
      );
      expect(file.includes("12345")).toBe(false);
      expect(metadata.icc).toBeUndefined();
    }
  });

  it("Display P3, as the same colours", async () => {
    const photograph = await plain(400, 400, "#ff2010").withIccProfile("p3").png().toBuffer();
    const numbers = [...(await sharp(photograph, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
    const { status } = await pipeline.process("wide.png", photograph);
    expect(status).toBe("SUCCEEDED");
    for (const format of ["webp", "jpeg", "avif", "png"]) {
      const file = await pipeline.shown("wide.png", `v.${format}`);
      expect(isDisplayP3((await sharp(file).metadata()).icc)).toBe(true);
      const shown = [...(await sharp(file, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
      shown.forEach((sample, index) => {
        expect(Math.abs(sample - (numbers[index] ?? 0)), format).toBeLessThan(6);
      });
    }
  });
});
