import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { chooseView, jpegOf } from "../../functions/recognise/picture.ts";
import type { Variant } from "../../functions/shared/preset.ts";
import type { StagedVariant } from "../../functions/shared/state.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const staged = (name: string, width: number, height: number, channels: 3 | 4 = 3): StagedVariant => ({
  name,
  key: "k",
  offset: 0,
  width,
  height,
  channels,
});
const variant = (name: string, fit: Variant["fit"]): Variant => ({
  name,
  width: 1,
  height: 1,
  fit,
  formats: ["webp"],
});

describe("the picture that is looked at is", () => {
  const choose = (...of: StagedVariant[]) =>
    chooseView(of, [variant("crop", "cover"), variant("whole", "inside")])?.name;

  it("of the default variants, the one of 1,024 pixels", () => {
    const sizes = [staged("large", 2048, 1536), staged("medium", 1024, 768), staged("thumbnail", 256, 256)];
    expect(chooseView(sizes, defaultSettings.variants)?.name).toBe("medium");
  });

  it("the largest that is not too large, or else the smallest that is", () => {
    expect(choose(staged("a", 600, 400), staged("b", 900, 600), staged("c", 1500, 1000))).toBe("b");
    expect(choose(staged("c", 4000, 3000), staged("d", 1500, 1000))).toBe("d");
  });

  it("a whole one, rather than one that is cropped", () => {
    expect(choose(staged("crop", 1000, 1000), staged("whole", 2000, 1500))).toBe("whole");
    expect(choose(staged("crop", 300, 300), staged("whole", 2000, 60))).toBe("crop");
  });

  it("at least 80 pixels wide and high, or there is none", () => {
    expect(choose(staged("a", 79, 500), staged("b", 500, 79))).toBeUndefined();
    expect(choose(staged("a", 80, 80))).toBe("a");
  });
});

describe("as a JPEG it", () => {
  const sizeOf = async (width: number, height: number, channels: 3 | 4 = 3) => {
    const jpeg = await jpegOf(
      Buffer.alloc(width * height * channels, 120),
      staged("v", width, height, channels),
    );
    const { format, width: wide, height: high } = await sharp(jpeg).metadata();
    expect(format).toBe("jpeg");
    return [wide, high];
  };

  it("is made as small as is looked at, and never larger than it is", async () => {
    expect(await sizeOf(2048, 1536)).toEqual([1024, 768]);
    expect(await sizeOf(500, 300)).toEqual([500, 300]);
  });

  it("keeps enough of a panorama's height, which is made as small alone", async () => {
    expect(await sizeOf(4000, 200)).toEqual([4000, 200]);
    expect(await sizeOf(14_000, 1050)).toEqual([13_653, 1024]);
  });

  it("is on white where it was transparent", async () => {
    const jpeg = await jpegOf(Buffer.alloc(100 * 100 * 4), staged("v", 100, 100, 4));
    const { channels } = await sharp(jpeg).stats();
    expect(channels.map(({ mean }) => Math.round(mean))).toEqual([255, 255, 255]);
  });
});
