import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { assertScansAreWhole } from "../../functions/resize/jpeg-scans.ts";
import { sample } from "../fixtures/images.ts";

const START = Buffer.from([0xff, 0xd8]);
const END = Buffer.from([0xff, 0xd9]);
const segment = (marker: number, ...body: number[]) =>
  Buffer.from([0xff, marker, 0, body.length + 2, ...body]);
/** Of 8 x 8 pixels and three components. */
const progressive = segment(0xc2, 8, 0, 8, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0);
const scanOf = (...components: number[]) =>
  segment(0xda, components.length, ...components.flatMap((id) => [id, 0]), 0, 0, 0);

it.each([
  ["as it is", (picture: Sharp) => picture],
  ["of 4:4:4", (picture: Sharp) => picture.jpeg({ chromaSubsampling: "4:4:4" })],
  ["in grey", (picture: Sharp) => picture.greyscale()],
  ["with tables of its own", (picture: Sharp) => picture.jpeg({ optimiseCoding: true, quality: 97 })],
  ["with four components", (picture: Sharp) => picture.toColourspace("cmyk")],
  ["progressive", (picture: Sharp) => picture.jpeg({ progressive: true })],
])("all of a photograph's data is used up, %s, in sizes of any kind", async (_, change) => {
  for (let side = 1; side < 40; side++) {
    const part = sharp(sample("rocket.jpg")).extract({ left: 200, top: 100, width: 2 * side, height: side });
    const file = await change(part.jpeg()).toBuffer();
    expect(() => assertScansAreWhole(file), `${2 * side} x ${side}`).not.toThrow();
  }
});

describe("scans are refused", () => {
  const reason = (...segments: Buffer[]) => {
    try {
      assertScansAreWhole(Buffer.concat([START, ...segments, END]));
      return "none";
    } catch (error) {
      return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
  };

  it("where there are so many that decoding them takes long", () => {
    const scans = (count: number) => Array<Buffer>(count).fill(scanOf(1, 2, 3));
    expect(reason(progressive, ...scans(500))).toBe("none");
    expect(reason(progressive, ...scans(501))).toBe("It has more than 500 scans.");
  });

  it("where a component is in none of them", () => {
    expect(reason(progressive, scanOf(1), scanOf(3))).toBe("Its component 2 is in no scan.");
    expect(reason(progressive, scanOf(1), scanOf(3), scanOf(2))).toBe("none");
  });
});
