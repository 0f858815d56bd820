import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { cropAround } from "../../functions/resize/geometry.ts";
import { type Focus, parseFocus } from "../../functions/shared/focus.ts";
import type { Pixels } from "../../functions/shared/pixels.ts";
import type { Variant } from "../../functions/shared/preset.ts";
import { inspect } from "../../functions/validate/inspect.ts";
import { wishesIn } from "../../functions/validate/wishes.ts";
import { derived } from "../fixtures/derived.ts";
import { plain, sample } from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits, variants: defaultVariants } = defaultSettings;

const cover = (width: number, height: number, more: Partial<Variant> = {}): Variant => ({
  name: "v",
  width,
  height,
  fit: "cover",
  formats: ["webp"],
  ...more,
});

async function crop(file: Buffer, variant: Variant, focus?: Focus): Promise<Pixels> {
  const original = await inspect(file, file.length, limits, async () => file);
  const { variants } = await derived(file, { ...original, focus }, [variant], limits);
  const [only] = variants;
  if (only === undefined) throw new Error("Nothing was derived.");
  return only.pixels;
}

/** Red, green and blue: of the middle of a frame. */
function middleOf({ data, width, height, channels }: Pixels, frame = 0): number[] {
  const at = ((frame * height + Math.floor(height / 2)) * width + Math.floor(width / 2)) * channels;
  return [...data.subarray(at, at + 3)];
}

/** Three stripes: red, green, blue, from the left to the right. */
async function stripes(): Promise<Buffer> {
  const [green, blue] = await Promise.all(
    ["#00ff00", "#0000ff"].map((colour) => plain(100, 100, colour).png().toBuffer()),
  );
  return plain(300, 100, "#ff0000")
    .composite([
      { input: green, left: 100, top: 0 },
      { input: blue, left: 200, top: 0 },
    ])
    .png()
    .toBuffer();
}

describe("a focus", () => {
  it.each([
    [{ x: 0.1, y: 0.5 }, [255, 0, 0]],
    [{ x: 0.5, y: 0.5 }, [0, 255, 0]],
    [{ x: 1, y: 1 }, [0, 0, 255]],
  ])("of %o is what a crop keeps, wherever the variant would look", async (focus, colour) => {
    for (const position of [undefined, "attention", "entropy"] as const)
      expect(middleOf(await crop(await stripes(), cover(50, 50, { position }), focus))).toEqual(colour);
  });

  it.each([
    [6, "90 degrees clockwise", { x: 0.5, y: 0.9 }],
    [8, "90 degrees counterclockwise", { x: 0.5, y: 0.1 }],
    [3, "upside down", { x: 0.1, y: 0.5 }],
  ])("is one of the upright picture, where EXIF turns it (%i, %s)", async (orientation, _, focus) => {
    const file = await sharp(await stripes())
      .withMetadata({ orientation })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toBuffer();
    const [red = 0, green = 0, blue = 0] = middleOf(await crop(file, cover(50, 50), focus));
    expect(blue, "the last stripe").toBeGreaterThan(200);
    expect(Math.max(red, green)).toBeLessThan(60);
  });

  it("is the same place in every frame of an animation", async () => {
    const frames = [
      await stripes(),
      await sharp(await stripes())
        .flop()
        .png()
        .toBuffer(),
    ];
    const file = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    const pixels = await crop(file, cover(50, 50), { x: 0, y: 0 });
    expect(pixels.frames).toBe(2);
    expect([middleOf(pixels, 0), middleOf(pixels, 1)]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  it.each([
    ["in the middle", { x: 0.5, y: 0.5 }, { left: 100, top: 0 }],
    ["at an edge", { x: 0, y: 0 }, { left: 0, top: 0 }],
    ["at the other", { x: 1, y: 1 }, { left: 200, top: 0 }],
    ["in between", { x: 0.3, y: 0 }, { left: 40, top: 0 }],
  ])("%s is as near to the middle of the crop as the picture allows", (_, focus, place) => {
    expect(cropAround(focus, { width: 300, height: 100 }, { width: 100, height: 100 })).toEqual(place);
  });

  it.each([
    ["0.5,0.2", { x: 0.5, y: 0.2 }],
    [" .25 , 1 ", { x: 0.25, y: 1 }],
    ["0,1.0", { x: 0, y: 1 }],
  ])("is read from %j", (text, focus) => {
    expect(parseFocus(text)).toEqual(focus);
  });

  it.each(["", "0.5", "0.5;0.2", "1.2,0.5", "-0.1,0.5", "50%,20%", "0.5,0.2,0.1", "NaN,0", "1e-1,0", "x"])(
    "is not read from %j",
    (text) => {
      expect(parseFocus(text)).toBeUndefined();
    },
  );

  it("that makes no sense rejects the file, and says what would", () => {
    expect(() => wishesIn({ focus: "left" })).toThrow(
      'WRONG_METADATA: The metadata x-amz-meta-focus is "left". It takes two fractions of width and height, from the top left, such as "0.5,0.2".',
    );
    expect(() => wishesIn({ focus: "0".repeat(2000) })).toThrow(/^.{0,300}$/);
    expect(wishesIn({ focus: "" })).toEqual({});
  });
});

/** Which rows of a picture of its width a crop shows: the first and the last, as shares of the height. */
async function rowsShown(file: Buffer, shown: Pixels): Promise<[from: number, to: number]> {
  const { data, info } = await sharp(file).resize(shown.width).removeAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const differenceAt = (top: number) => {
    let sum = 0;
    for (let at = 0; at < shown.data.length; at += 97)
      sum += Math.abs((shown.data[at] ?? 0) - (data[top * info.width * 3 + at] ?? 0));
    return sum;
  };
  const tops = Array.from({ length: info.height - shown.height + 1 }, (_, top) => top);
  const differences = tops.map(differenceAt);
  const top = differences.indexOf(Math.min(...differences));
  return [top / info.height, (top + shown.height) / info.height];
}

describe("without a focus, attention", () => {
  /** Shares of the sample's height: hardly more than her hair may be cut, and nothing of her chin. */
  const [HAIR, CHIN] = [0.05, 0.34];
  const part = (left: number, width: number) =>
    sharp(sample("astronaut.png")).extract({ left, top: 0, width, height: 512 }).png().toBuffer();

  it.each([
    ["1600 x 600", 0, 512, 1600, 600],
    ["a square, of a portrait", 60, 300, 256, 256],
    ["a square, of a narrower one", 100, 220, 256, 256],
    ["a square, of a strip", 130, 180, 256, 256],
    ["a banner, of a portrait", 60, 300, 300, 190],
  ])("keeps the astronaut's head on: %s", async (_, left, width, boxWidth, boxHeight) => {
    const portrait = await part(left, width);
    const [from, to] = await rowsShown(
      portrait,
      await crop(portrait, cover(boxWidth, boxHeight, { position: "attention" })),
    );
    expect(from).toBeLessThan(HAIR);
    expect(to).toBeGreaterThan(CHIN);
  });

  it("keeps her face in an upright crop too", async () => {
    const landscape = await sharp(sample("astronaut.png"))
      .extract({ left: 0, top: 0, width: 512, height: 300 })
      .toBuffer();
    const kept = await crop(landscape, cover(100, 300, { position: "attention" }));
    const face = await sharp(landscape)
      .extract({ left: 190, top: 80, width: 70, height: 90 })
      .raw()
      .toBuffer();
    const colour = (samples: Buffer) => samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    const middle = await sharp(kept.data, { raw: { width: 100, height: 300, channels: 3 } })
      .extract({ left: 15, top: 80, width: 70, height: 90 })
      .raw()
      .toBuffer();
    expect(Math.abs(colour(middle) - colour(face))).toBeLessThan(15);
  });

  it("is what the default thumbnail looks with", () => {
    expect(defaultVariants.find(({ name }) => name === "thumbnail")).toMatchObject({
      fit: "cover",
      position: "attention",
    });
  });

  it("crops all frames of an animation as the first one", async () => {
    const speck = await plain(30, 30, "#ff2000").png().toBuffer();
    const frame = (left: number) =>
      plain(300, 100, "#808080")
        .composite([{ input: speck, left, top: 35 }])
        .png()
        .toBuffer();
    const frames = [await frame(20), await frame(250)];
    const file = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    const pixels = await crop(file, cover(100, 100, { position: "attention" }));
    const reds = [0, 1].map((index) => {
      const bytes = pixels.width * pixels.height * pixels.channels;
      const samples = pixels.data.subarray(index * bytes, (index + 1) * bytes);
      return samples.filter((value, at) => at % pixels.channels === 0 && value > 200).length;
    });
    expect(reds[0]).toBeGreaterThan(100);
    expect(reds[1]).toBe(0);
  });
});
