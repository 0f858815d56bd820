import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../functions/shared/pixels.ts";
import { encode } from "../../functions/watermark/encode.ts";
import { isDrawn } from "../../functions/watermark/graphic.ts";
import { createMark } from "../../functions/watermark/mark.ts";
import { lumaOf, similarity } from "../../functions/watermark/similarity.ts";
import { stamp } from "../../functions/watermark/stamp.ts";
import { canvas, fontFile, SETTING } from "../fixtures/canvas.ts";
import { sample } from "../fixtures/images.ts";

describe("the files", () => {
  it.each(["webp", "jpeg", "avif", "png"] as const)(
    "%s can be opened, is sRGB and carries no metadata",
    async (format) => {
      const file = await encode(await canvas(64, 48, "#4080c0"), { format, quality: 80 });
      const metadata = await sharp(file).metadata();
      expect(metadata).toMatchObject({ width: 64, height: 48, space: "srgb" });
      expect([metadata.exif, metadata.icc, metadata.iptc, metadata.xmp]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
      const [red = 0, green = 0, blue = 0] = await sharp(file).raw().toBuffer();
      expect(Math.abs(red - 0x40) + Math.abs(green - 0x80) + Math.abs(blue - 0xc0)).toBeLessThan(12);
    },
  );

  it("a lower quality is a smaller file", async () => {
    const pixels = await pixelsOf(await sharp(sample("rocket.jpg")).resize(200).png().toBuffer());
    for (const format of ["webp", "jpeg", "avif"] as const) {
      const [low, high] = await Promise.all([30, 90].map((quality) => encode(pixels, { format, quality })));
      expect(low?.length).toBeLessThan(high?.length ?? 0);
    }
  });

  it("an animation moves in WebP, and shows its first frame elsewhere", async () => {
    const data = Buffer.concat([Buffer.alloc(20 * 10 * 3, 200), Buffer.alloc(20 * 10 * 3, 50)]);
    const pixels: Pixels = { data, width: 20, height: 10, channels: 3, frames: 2 };
    const animation = { delaysMs: [120, 340], loop: 3 };
    const webp = await sharp(await encode(pixels, { format: "webp", quality: 80 }, { animation }), {
      animated: true,
    }).metadata();
    expect(webp).toMatchObject({ pages: 2, delay: [120, 340], loop: 3, pageHeight: 10 });
    const jpeg = await encode(pixels, { format: "jpeg", quality: 90 }, { animation });
    expect(await sharp(jpeg).metadata()).toMatchObject({ width: 20, height: 10 });
    expect((await sharp(jpeg).raw().toBuffer())[0]).toBeGreaterThan(190);
  });

  it("the last frame of an animation that pans over a smooth sky is as good as a picture of its own", async () => {
    const { data, info } = await sharp(sample("rocket-rises.webp"), { animated: true })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, pageHeight: height = 0, pages: frames = 0 } = info;
    const animation = { delaysMs: Array(frames).fill(50), loop: 0 };
    const last: Pixels = {
      data: data.subarray((frames - 1) * width * height * 3),
      width,
      height,
      channels: 3,
      frames: 1,
    };
    const errorOf = async (file: Buffer, page: number) => {
      const decoded = await sharp(file, { page }).removeAlpha().raw().toBuffer();
      expect(decoded.length).toBe(last.data.length);
      return decoded.reduce((sum, value, at) => sum + (value - (last.data[at] ?? 0)) ** 2, 0);
    };
    const options = { format: "webp", quality: 80 } as const;
    const moving = await encode({ ...last, data, frames }, options, { animation });
    expect(await errorOf(moving, frames - 1)).toBeLessThan(
      2 * (await errorOf(await encode(last, options), 0)),
    );
  });

  it("transparency stays in WebP, and is white in JPEG", async () => {
    const pixels = await canvas(16, 16, { r: 255, g: 0, b: 0, alpha: 0 }, 4);
    expect((await sharp(await encode(pixels, { format: "webp", quality: 80 })).metadata()).hasAlpha).toBe(
      true,
    );
    expect([
      ...(
        await sharp(await encode(pixels, { format: "jpeg", quality: 90 }))
          .raw()
          .toBuffer()
      ).subarray(0, 3),
    ]).toEqual([255, 255, 255]);
  });
});

/** RGB pixels of a file. */
async function pixelsOf(file: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: 3, frames: 1 };
}

describe("a file that may have so many bytes", () => {
  it.each(
    (["jpeg", "webp", "avif"] as const).flatMap((format) =>
      ["rocket.jpg", "chelsea.png"].map((name) => [format, name] as const),
    ),
  )("has no more, at a lower quality: %s of %s", async (format, name) => {
    const upload = await sharp(sample(name)).resize(200).toFormat(format, { quality: 45 }).toBuffer();
    const pixels = await pixelsOf(upload);
    const free = await encode(pixels, { format, quality: 80 });
    expect(free.length).toBeGreaterThan(upload.length);
    const bound = await encode(pixels, { format, quality: 80 }, { originalBytes: upload.length });
    expect(bound.length).toBeLessThanOrEqual(upload.length);
    // No worse than it has to be.
    expect(bound.length).toBeGreaterThan(upload.length * 0.7);
  });

  it.each(["jpeg", "webp"] as const)("has no more, also where it is large: %s", async (format) => {
    const upload = await sharp(sample("rocket.jpg"))
      .resize(2500, 2001, { fit: "fill" })
      .toFormat(format, { quality: 20, effort: 0 })
      .toBuffer();
    const pixels = await pixelsOf(upload);
    const bound = await encode(pixels, { format, quality: 80 }, { originalBytes: upload.length });
    expect(bound.length).toBeLessThanOrEqual(upload.length);
    expect(bound.length).toBeGreaterThan(upload.length * 0.6);
  });

  it("has no more, also as an animation of more than five megapixels", async () => {
    const frames = [0, 1, 2].map((frame) => ({
      create: { width: 1300, height: 1300, channels: 3 as const, background: `hsl(${frame * 90}, 30%, 50%)` },
    }));
    const photograph = await sharp(sample("rocket.jpg")).resize(300).toBuffer();
    const pictures = await Promise.all(
      frames.map((frame) =>
        sharp(frame)
          .composite([{ input: photograph }])
          .png()
          .toBuffer(),
      ),
    );
    const upload = await sharp(pictures, { join: { animated: true } })
      .webp({ quality: 15, effort: 1 })
      .toBuffer();
    const { data } = await sharp(upload, { animated: true })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels: Pixels = { data, width: 1300, height: 1300, channels: 3, frames: 3 };
    const animation = { delaysMs: [100, 100, 100], loop: 0 };
    const bound = await encode(
      pixels,
      { format: "webp", quality: 80 },
      { animation, originalBytes: upload.length },
    );
    expect(bound.length).toBeLessThanOrEqual(upload.length);
  });

  it.each([
    [
      "of few colours",
      () => sharp(sample("rocket.jpg")).resize(300).png({ palette: true, colours: 100, dither: 0 }),
    ],
    ["of grey", () => sharp(sample("rocket.jpg")).resize(300).greyscale().png({ compressionLevel: 9 })],
    [
      "packed with care",
      () => sharp(sample("rocket.jpg")).resize(300).png({ compressionLevel: 9, adaptiveFiltering: true }),
    ],
  ])("has no more, and shows the same, as a PNG %s", async (_, make) => {
    const upload = await make().toBuffer();
    const { data, info } = await sharp(upload)
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels: Pixels = { data, width: info.width, height: info.height, channels: 3, frames: 1 };
    expect((await encode(pixels, { format: "png" })).length).toBeGreaterThan(upload.length);
    const bound = await encode(pixels, { format: "png" }, { originalBytes: upload.length });
    expect(bound.length).toBeLessThanOrEqual(upload.length);
    expect((await sharp(bound).toColourspace("srgb").removeAlpha().raw().toBuffer()).equals(data)).toBe(true);
  });

  it("is as good as it is set to be where that is small enough", async () => {
    const pixels = await pixelsOf(sample("rocket.jpg"));
    const free = await encode(pixels, { format: "jpeg", quality: 80 });
    const bound = await encode(pixels, { format: "jpeg", quality: 80 }, { originalBytes: free.length });
    expect(bound.equals(free)).toBe(true);
  });

  it.each(["jpeg", "webp", "avif"] as const)("that are named is not larger: %s", async (format) => {
    const pixels = await pixelsOf(await sharp(sample("coffee.png")).resize(150).toBuffer());
    const free = await encode(pixels, { format, quality: 90 });
    for (const share of [0.7, 0.4, 0.2]) {
      const maxBytes = Math.round(free.length * share);
      const bound = await encode(pixels, { format, quality: 90, maxBytes });
      expect(bound.length).toBeLessThanOrEqual(maxBytes);
      expect(bound.length).toBeGreaterThan(maxBytes / 3);
    }
  });

  it("is made, smaller than at first, also where no quality is low enough", async () => {
    const pixels = await pixelsOf(sample("rocket.jpg"));
    const free = await encode(pixels, { format: "jpeg", quality: 80 });
    const bound = await encode(pixels, { format: "jpeg", quality: 80 }, { originalBytes: 10 });
    expect(bound.length).toBeLessThan(free.length / 2);
    expect(await sharp(bound).metadata()).toMatchObject({ width: 640, height: 427 });
  });
});

describe("icons and drawings", () => {
  /** A red disc and a blue bar, of `side` pixels, drawn larger so that their edges are soft. */
  async function drawing(side: number): Promise<Pixels> {
    const width = 2 * side;
    const colourAt = (x: number, y: number) => {
      if (Math.abs(x - 0.5) < 0.1) return [0x11, 0x66, 0xcc];
      return Math.hypot(x - 0.5, y - 0.5) < 0.35 ? [0xee, 0x11, 0x11] : [0xff, 0xff, 0xff];
    };
    const data = Buffer.alloc(width * width * 3);
    for (let at = 0; at < width * width; at++)
      data.set(colourAt(((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / width), at * 3);
    const large = sharp(data, { raw: { width, height: width, channels: 3 } });
    return pixelsOf(await large.resize(side, side, { kernel: "linear" }).png().toBuffer());
  }
  const meanError = async (file: Buffer, { data }: Pixels) => {
    const decoded = await sharp(file).raw().toBuffer();
    return decoded.reduce((sum, sample, at) => sum + Math.abs(sample - (data[at] ?? 0)), 0) / data.length;
  };

  it.each([8, 32, 64, 300])("of %i pixels come through WebP as they are", async (side) => {
    const pixels = await drawing(side);
    const file = await encode(pixels, { format: "webp", quality: 80 });
    expect(await meanError(file, pixels)).toBe(0);
    const lossy = await sharp(pixels.data, { raw: { width: side, height: side, channels: 3 } })
      .webp({ quality: 80 })
      .toBuffer();
    expect(file.length).toBeLessThan(lossy.length + 20);
  });

  it.each([8, 32, 300])("of %i pixels keep their colours in JPEG", async (side) => {
    const pixels = await drawing(side);
    const file = await encode(pixels, { format: "jpeg", quality: 80 });
    expect((await sharp(file).metadata()).chromaSubsampling).toBe("4:4:4");
    expect(await meanError(file, pixels)).toBeLessThan(10);
  });

  it.each([false, true])("photographs are none, grey: %s", async (isGrey) => {
    const photograph = sharp(sample("chelsea.png"));
    const pixels = await pixelsOf(await photograph.greyscale(isGrey).toColourspace("srgb").png().toBuffer());
    expect(isDrawn(pixels)).toBe(false);
    const file = await encode(pixels, { format: "jpeg", quality: 80 });
    expect((await sharp(file).metadata()).chromaSubsampling).toBe("4:2:0");
  });

  it("are still drawings with a mark on them", async () => {
    const pixels = await drawing(300);
    await stamp(pixels, await createMark({ text: "© Wil", fontFile }, 0.6), SETTING);
    expect(isDrawn(pixels)).toBe(true);
  });
});

/** SSIM of a file and of what it was made of. */
async function likeness(file: Buffer, { data, width, height }: Pixels): Promise<number> {
  const wanted = await lumaOf(sharp(data, { raw: { width, height, channels: 3 } }));
  return similarity(wanted, await lumaOf(sharp(file)));
}

describe("the quality auto", () => {
  const FORMATS = ["jpeg", "webp", "avif"] as const;
  const enlarged = async (name: string, width: number) =>
    pixelsOf(await sharp(sample(name)).resize(width, undefined, { kernel: "cubic" }).png().toBuffer());

  it.each(FORMATS)("in %s finds the least that looks the same, of different pictures", async (format) => {
    for (const [name, width] of [
      ["chelsea.png", 300],
      ["rocket.jpg", 320],
      ["coffee.png", 256],
    ] as const) {
      const pixels = await enlarged(name, width);
      const like = await likeness(await encode(pixels, { format, quality: "auto" }), pixels);
      expect(like, name).toBeGreaterThanOrEqual(0.955);
      expect(like, name).toBeLessThan(0.978);
    }
  });

  it.each(FORMATS)("in %s is much less for what is soft", async (format) => {
    const soft = await pixelsOf(await sharp(sample("chelsea.png")).resize(300).blur(1.2).png().toBuffer());
    const file = await encode(soft, { format, quality: "auto" });
    expect(file.length).toBeLessThan(
      (await encode(soft, { format, quality: format === "avif" ? 50 : 80 })).length,
    );
    expect(await likeness(file, soft)).toBeGreaterThan(0.96);
  });

  it("does not go up without end for stars and noise", async () => {
    const noise = await pixelsOf(
      await sharp({
        create: {
          width: 300,
          height: 300,
          channels: 3,
          noise: { type: "gaussian", mean: 128, sigma: 60 },
          background: "#888",
        },
      })
        .png()
        .toBuffer(),
    );
    const file = await encode(noise, { format: "jpeg", quality: "auto" });
    expect(file.length).toBeLessThan((await encode(noise, { format: "jpeg", quality: 83 })).length);
  });

  it("makes the same file twice, and none that is larger than allowed", async () => {
    const pixels = await pixelsOf(sample("rocket.jpg"));
    const [one, other] = await Promise.all(
      [1, 2].map(() => encode(pixels, { format: "webp", quality: "auto" })),
    );
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
    const maxBytes = Math.round((one?.length ?? 0) / 2);
    const bound = await encode(pixels, { format: "webp", quality: "auto", maxBytes });
    expect(bound.length).toBeLessThanOrEqual(maxBytes);
  });

  it("is the encoder's own for drawings, animations and PNG", async () => {
    const frames: Pixels = {
      data: Buffer.alloc(200 * 100 * 3 * 2, 90),
      width: 200,
      height: 100,
      channels: 3,
      frames: 2,
    };
    const animation = { delaysMs: [100, 100], loop: 0 };
    const auto = await encode(frames, { format: "webp", quality: "auto" }, { animation });
    expect(auto.equals(await encode(frames, { format: "webp" }, { animation }))).toBe(true);
    const png = await encode(frames, { format: "png", quality: "auto" });
    expect(png.equals(await encode(frames, { format: "png" }))).toBe(true);
  });
});

describe("similarity", () => {
  it("is 1 of a picture and itself, less with noise, and least of another one", async () => {
    const luma = async (name: string, blur = 0) => {
      const image = sharp(sample(name)).resize(300, 300, { fit: "fill" });
      return lumaOf(blur > 0 ? image.blur(blur) : image);
    };
    const cat = await luma("chelsea.png");
    expect(similarity(cat, cat)).toBe(1);
    const [little, much, other] = [
      similarity(cat, await luma("chelsea.png", 0.6)),
      similarity(cat, await luma("chelsea.png", 3)),
      similarity(cat, await luma("coffee.png")),
    ];
    expect(1).toBeGreaterThan(little);
    expect(little).toBeGreaterThan(much);
    expect(much).toBeGreaterThan(other);
    expect(other).toBeLessThan(0.4);
  });

  it("is by the formula: of two plain greys, of their means alone", async () => {
    const plain = (value: number) => ({ data: Buffer.alloc(64 * 64, value), width: 64, height: 64 });
    const c1 = (0.01 * 255) ** 2;
    const expected = (2 * 100 * 50 + c1) / (100 ** 2 + 50 ** 2 + c1);
    expect(similarity(plain(100), plain(50))).toBeCloseTo(expected, 12);
  });
});

it("the effort best makes smaller files that look the same", async () => {
  const pixels = await pixelsOf(sample("coffee.png"));
  for (const format of ["jpeg", "webp"] as const) {
    const normal = await encode(pixels, { format, quality: 80 });
    const best = await encode(pixels, { format, quality: 80, effort: "best" });
    expect(best.length, format).toBeLessThan(normal.length);
    expect(await likeness(best, pixels)).toBeGreaterThan((await likeness(normal, pixels)) - 0.015);
  }
});
