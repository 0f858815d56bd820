import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { masterSize, variantBox } from "../../functions/resize/geometry.ts";
import type { Pixels } from "../../functions/shared/pixels.ts";
import type { Variant } from "../../functions/shared/preset.ts";
import { inspect } from "../../functions/validate/inspect.ts";
import { gifOf, upperHalf } from "../fixtures/corpus/gif-file.ts";
import { derived } from "../fixtures/derived.ts";
import {
  animation,
  plain,
  pngWithBrokenChunk,
  redAboveBlue,
  sample,
  storedAs,
  truncatedJpeg,
} from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits } = defaultSettings;
const inside = (name: string, width: number, height = width): Variant => ({
  name,
  width,
  height,
  fit: "inside",
  formats: ["webp"],
});
const cover = (name: string, width: number, height = width): Variant => ({
  ...inside(name, width, height),
  fit: "cover",
});

async function deriveFrom(file: Buffer, variants: Variant[]) {
  const original = await inspect(file, file.length, limits, async () => file);
  return derived(file, original, variants, limits);
}

async function deriveOne(file: Buffer, variant: Variant): Promise<Pixels> {
  const { variants } = await deriveFrom(file, [variant]);
  const pixels = variants[0]?.pixels;
  if (pixels === undefined) throw new Error("Nothing was derived.");
  return pixels;
}

/** The samples of one pixel. */
function pixelAt({ data, width, channels }: Pixels, x: number, y: number): number[] {
  const offset = (y * width + x) * channels;
  return [...data.subarray(offset, offset + channels)];
}

function expectColour(actual: number[], expected: number[], tolerance: number) {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((sample, channel) => {
    expect(Math.abs(sample - (expected[channel] ?? 0)), `${actual} is not ${expected}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
}

describe("sizes", () => {
  it.each([
    [
      "a landscape fits inside",
      { width: 6000, height: 4000 },
      inside("v", 2048),
      { width: 2048, height: 1365 },
    ],
    [
      "a portrait fits inside",
      { width: 4000, height: 6000 },
      inside("v", 2048),
      { width: 1365, height: 2048 },
    ],
    [
      "a small one is not enlarged",
      { width: 100, height: 50 },
      inside("v", 2048),
      { width: 100, height: 50 },
    ],
    ["a thin one keeps a pixel", { width: 10_000, height: 3 }, inside("v", 512), { width: 512, height: 1 }],
    ["a square is filled", { width: 6000, height: 4000 }, cover("v", 256), { width: 256, height: 256 }],
    [
      "a square that cannot be filled shrinks",
      { width: 300, height: 100 },
      cover("v", 256),
      { width: 100, height: 100 },
    ],
    [
      "an oblong that cannot be filled keeps its shape",
      { width: 100, height: 100 },
      cover("v", 200, 400),
      { width: 50, height: 100 },
    ],
  ])("%s", (_, original, variant, expected) => {
    expect(variantBox(original, variant)).toEqual(expected);
  });

  it("a panorama is decoded large enough for its square thumbnail too", () => {
    expect(masterSize({ width: 10_000, height: 1000 }, [inside("v", 2048), cover("t", 256)])).toEqual({
      width: 2560,
      height: 256,
    });
  });

  it("real variants have exactly these sizes", async () => {
    const { variants } = await deriveFrom(sample("rocket.jpg"), [
      inside("large", 2048),
      inside("small", 320),
      cover("thumbnail", 128),
    ]);
    expect(variants.map(({ pixels: { width, height } }) => [width, height])).toEqual([
      [640, 427],
      [320, 214],
      [128, 128],
    ]);
    for (const { pixels } of variants)
      expect(pixels.data.length).toBe(pixels.width * pixels.height * pixels.channels);
  });
});

describe("orientation", () => {
  const stripes = redAboveBlue(60, 40);
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("EXIF %i comes out upright", async (orientation) => {
    const turned = await storedAs(sharp(await stripes), orientation)
      .png()
      .toBuffer();
    const file = await sharp(turned).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();
    const pixels = await deriveOne(file, inside("v", 30));
    expect([pixels.width, pixels.height]).toEqual([30, 20]);
    expectColour(pixelAt(pixels, 15, 3), [254, 0, 0], 6);
    expectColour(pixelAt(pixels, 15, 16), [0, 0, 254], 6);
  });
});

describe("colour comes out as 8-bit sRGB", () => {
  const grey = () => plain(40, 30, "#808080");
  it("from greyscale", async () => {
    const pixels = await deriveOne(await grey().toColourspace("b-w").png().toBuffer(), inside("v", 20));
    expectColour(pixelAt(pixels, 5, 5), [128, 128, 128], 1);
  });

  it("from CMYK", async () => {
    const file = await plain(40, 30, "#ff0000").toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe("cmyk");
    const [red = 0, green = 255, blue = 255] = pixelAt(await deriveOne(file, inside("v", 20)), 5, 5);
    expect(red).toBeGreaterThan(200);
    expect(Math.max(green, blue)).toBeLessThan(60);
  });

  it("from 16 bits a channel, in PNG and TIFF", async () => {
    for (const format of ["png", "tiff"] as const) {
      const file = await plain(40, 30, "#204080").toColourspace("rgb16").toFormat(format).toBuffer();
      expectColour(pixelAt(await deriveOne(file, inside("v", 20)), 5, 5), [0x20, 0x40, 0x80], 1);
    }
  });

  it("from a wide gamut", async () => {
    const file = await plain(40, 30, "#40a060").withIccProfile("p3").png().toBuffer();
    const stored = pixelAt(
      {
        ...(await deriveOne(await sharp(file).withIccProfile("p3").png().toBuffer(), inside("v", 40))),
      },
      5,
      5,
    );
    expectColour(stored, [0x40, 0xa0, 0x60], 3);
    // The same colour has other numbers in Display P3, so those must have been converted.
    const raw = await sharp(file).keepIccProfile().raw().toBuffer();
    expect([...raw.subarray(0, 3)]).not.toEqual([0x40, 0xa0, 0x60]);
  });

  it("and alpha stays", async () => {
    const file = await sharp({
      create: { width: 40, height: 30, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    })
      .png()
      .toBuffer();
    expectColour(pixelAt(await deriveOne(file, inside("v", 20)), 5, 5), [255, 0, 0, 128], 1);
  });
});

describe("animations", () => {
  it.each(["gif", "webp"] as const)("a %s keeps frames, delays and repeats", async (format) => {
    const { variants, animation: timing } = await deriveFrom(await animation(format, 4, 40, 20), [
      inside("small", 20),
      cover("thumbnail", 10),
    ]);
    expect(timing).toEqual({ delaysMs: [100, 110, 120, 130], loop: 2 });
    const [small, thumbnail] = variants.map(({ pixels }) => pixels);
    if (small === undefined || thumbnail === undefined) throw new Error("Nothing was derived.");
    expect([small.width, small.height, small.frames]).toEqual([20, 10, 4]);
    expect([thumbnail.width, thumbnail.height, thumbnail.frames]).toEqual([10, 10, 4]);
    const colours = [0, 1, 2, 3].map((frame) => pixelAt(thumbnail, 8, frame * 10 + 8).slice(0, 3));
    for (const [frame, colour] of colours.entries()) {
      const expected = [0, 0, 0];
      expected[frame % 3] = 255;
      expectColour(colour, expected, 3);
    }
  });
});

it.each([
  ["cleared away", 2],
  ["taken back", 3],
] as const)(
  "a GIF is transparent where a frame was %s, though nothing in it says so",
  async (_, disposal) => {
    const whole = await plain(64, 48).gif().toBuffer();
    const file = gifOf([{ of: whole, disposal }, { of: await upperHalf() }]);
    const { data, ...frames } = await deriveOne(file, inside("v", 64));
    expect(frames).toMatchObject({ width: 64, height: 48, channels: 4, frames: 2 });
    const [first, second] = [
      { ...frames, data },
      { ...frames, data: data.subarray(data.length / 2) },
    ];
    expectColour(pixelAt(first, 16, 40), [192, 64, 32, 255], 3);
    expectColour(pixelAt(second, 16, 10), [200, 60, 40, 255], 3);
    expectColour(pixelAt(second, 16, 40), [0, 0, 0, 0], 0);
  },
);

it("a GIF is transparent where a frame of many colours, of a table of 256, was cleared away", async () => {
  const colours = Array.from({ length: 64 * 48 }, (_, at) => [at % 200, 255 - (at % 200), 64]).flat();
  const whole = await sharp(Buffer.from(colours), { raw: { width: 64, height: 48, channels: 3 } })
    .gif({ dither: 0 })
    .toBuffer();
  const file = gifOf([{ of: whole, disposal: 2 }, { of: await upperHalf() }]);
  const { data, ...frames } = await deriveOne(file, inside("v", 64));
  expectColour(pixelAt({ ...frames, data: data.subarray(data.length / 2) }, 16, 40), [0, 0, 0, 0], 0);
});

it("a GIF of frames that each cover all of the picture stays opaque when they are cleared away", async () => {
  const whole = await plain(64, 48).gif().toBuffer();
  const { channels } = await deriveOne(gifOf([{ of: whole, disposal: 2 }, { of: whole }]), inside("v", 64));
  expect(channels).toBe(3);
});

it("of a GIF with codes that stand for nothing, the log says so", async () => {
  const file = await plain(64, 48).gif().toBuffer();
  const codesAt = file.indexOf(Buffer.from([0x2c, 0, 0, 0, 0])) + 12;
  file.fill(0xff, codesAt, codesAt + 8);
  await expect(deriveOne(file, inside("v", 64))).rejects.toMatchObject({
    code: "CORRUPT",
    cause: { message: "Frame 0 has a code that stands for nothing." },
  });
});

it("a HEIC is not called damaged where its decoder cannot be loaded", async () => {
  const file = readFileSync(new URL("../fixtures/corpus/chart.heic", import.meta.url));
  process.once("worker", (worker: Worker) =>
    worker.emit("error", new Error("Cannot find module 'libheif-js/libheif-wasm/libheif.js'")),
  );
  await expect(deriveOne(file, inside("v", 64))).rejects.toMatchObject({ name: "HeicDecoderFailed" });
});

it.each([
  [
    "what goes wrong in decoding is of the file",
    { maxPixels: 0.5 },
    { damage: expect.stringContaining("BigInt") },
  ],
  ["memory that is not there is not", { headBytes: 2 ** 52 }, { name: "RangeError" }],
])("of a HEIC, %s", async (_, wrong, expected) => {
  const bytes = readFileSync(new URL("../fixtures/corpus/chart.heic", import.meta.url));
  const worker = new Worker(new URL("../../functions/resize/heic-worker.ts", import.meta.url), {
    workerData: { bytes, headBytes: 0, maxPixels: 1e6, ...wrong },
  });
  const answer = new Promise((resolve) => worker.once("message", resolve).once("error", resolve));
  expect(await answer).toMatchObject(expected);
  await worker.terminate();
});

describe("files that cannot be decoded to the end are rejected, not crashed on:", () => {
  it.each([
    ["a truncated JPEG", "jpeg", async () => truncatedJpeg()],
    ["a PNG with a broken chunk", "png", pngWithBrokenChunk],
    [
      "a truncated WebP",
      "webp",
      async () => {
        const whole = await sharp(sample("coffee.png")).webp().toBuffer();
        return whole.subarray(0, whole.length - 2000);
      },
    ],
    [
      "a truncated TIFF",
      "tiff",
      async () => {
        const whole = await sharp(sample("coffee.png")).tiff({ compression: "lzw" }).toBuffer();
        return Buffer.concat([whole.subarray(0, 2000), Buffer.alloc(whole.length - 2000)]);
      },
    ],
  ] as const)("%s", async (_, format, make) => {
    const file = await make();
    const original = { format, width: 600, height: 400, frames: 1 };
    const rejection = derived(file, original, [inside("v", 300)], limits);
    await expect(rejection).rejects.toMatchObject({ name: "ImageRejected", code: "CORRUPT" });
  });
});

it("an SVG is not even tried, whoever let it through", async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  const rejection = derived(svg, { format: "png", width: 9, height: 9, frames: 1 }, [inside("v", 9)], limits);
  await expect(rejection).rejects.toMatchObject({ code: "CORRUPT" });
});

it("the placeholder is a few bytes", async () => {
  const { thumbhash } = await deriveFrom(await plain(300, 200, "#2080e0").png().toBuffer(), [
    inside("v", 300),
  ]);
  expect(Buffer.from(thumbhash, "base64").length).toBeLessThan(40);
});

describe("the dominant colour", () => {
  const BLUE = [0x20, 0x80, 0xe0];

  async function expectDominant(picture: Sharp, expected: number[], tolerance = 2) {
    const { dominantColour } = await deriveFrom(await picture.png().toBuffer(), [inside("v", 300)]);
    expect(dominantColour).toMatch(/^#[0-9a-f]{6}$/);
    const rgb = [1, 3, 5].map((start) => Number.parseInt(dominantColour.slice(start, start + 2), 16));
    expectColour(rgb, expected, tolerance);
  }

  it("is what there is most of, to the last pixel", async () => {
    const small = await plain(80, 80, "#e02020").png().toBuffer();
    await expectDominant(plain(300, 200, "#2080e0").composite([{ input: small }]), BLUE);
    await expectDominant(plain(1, 1, "#2080e0"), BLUE);
  });

  it.each([
    ["astronaut.png", "the orange of her suit, not the black behind her", [210, 100, 66]],
    ["coffee.png", "the red-brown of saucer and table", [176, 87, 45]],
    ["chelsea.png", "the cat's", [148, 110, 84]],
    ["rocket.jpg", "the evening sky's", [32, 54, 83]],
    ["hubble_deep_field.jpg", "black, where there is little else", [15, 16, 16]],
  ])("of %s is %s", async (name, _, expected) => {
    await expectDominant(sharp(sample(name)), expected, 12);
  });

  it("is that of the picture, not of the white or black around it, unless there is not much else", async () => {
    for (const ground of ["#ffffff", "#000000"]) {
      const input = await plain(180, 120, "#2080e0").png().toBuffer();
      await expectDominant(plain(300, 200, ground).composite([{ input }]), BLUE);
      const mean = ground === "#ffffff" ? 255 : 0;
      const speck = await plain(30, 20, "#2080e0").png().toBuffer();
      await expectDominant(plain(300, 200, ground).composite([{ input: speck }]), [mean, mean, mean], 3);
    }
  });

  it("is a mean of colours that look alike, though no two pixels are the same", async () => {
    const blues = Buffer.from(
      Array.from({ length: 90 * 90 }, (_, pixel) => [24 + (pixel % 16), 120 + (pixel % 17), 224]).flat(),
    );
    await expectDominant(sharp(blues, { raw: { width: 90, height: 90, channels: 3 } }), [32, 128, 224], 3);
  });

  it("of a grey picture is grey, whatever it is stored as", async () => {
    await expectDominant(plain(30, 20, "#808080"), [0x80, 0x80, 0x80]);
    await expectDominant(plain(30, 20, "#808080").toColourspace("b-w"), [0x80, 0x80, 0x80]);
  });

  it("is one that can be seen: nothing transparent counts, and where all is, it is white", async () => {
    const background = { r: 0, g: 0, b: 0, alpha: 0 };
    const nothing = () => sharp({ create: { width: 300, height: 200, channels: 4, background } });
    const input = await plain(40, 40, "#2080e0").png().toBuffer();
    await expectDominant(nothing().composite([{ input }]), BLUE);
    await expectDominant(nothing(), [255, 255, 255]);
  });
});
