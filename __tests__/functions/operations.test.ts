import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import type { Focus } from "../../functions/shared/focus.ts";
import type { Pixels } from "../../functions/shared/pixels.ts";
import { type Variant, variantsSchema } from "../../functions/shared/preset.ts";
import { inspect } from "../../functions/validate/inspect.ts";
import { planFiles } from "../../functions/watermark/plan.ts";
import { derived } from "../fixtures/derived.ts";
import { plain, sample } from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits } = defaultSettings;

const variant = (more: Partial<Variant> = {}): Variant => ({
  name: "v",
  width: 100,
  height: 100,
  fit: "inside",
  formats: ["webp"],
  ...more,
});

async function made(file: Buffer, more: Partial<Variant>, focus?: Focus): Promise<Pixels> {
  const original = await inspect(file, file.length, limits, async () => file);
  const { variants } = await derived(file, { ...original, focus }, [variant(more)], limits);
  const [only] = variants;
  if (only === undefined) throw new Error("Nothing was derived.");
  return only.pixels;
}

function at({ data, width, channels }: Pixels, x: number, y: number): number[] {
  const offset = (y * width + x) * channels;
  return [...data.subarray(offset, offset + channels)];
}

const sizeOf = ({ width, height }: Pixels) => [width, height];
const png = (image: Sharp) => image.png().toBuffer();

async function statistics({ data, width, height, channels, frames }: Pixels) {
  const image = sharp(data, { raw: { width, height: height * frames, channels } });
  const { channels: stats, sharpness } = await image.stats();
  const means = stats.map(({ mean }) => mean);
  return { means, deviations: stats.map(({ stdev }) => stdev), sharpness };
}

/** A red square of 100 in the middle of white 300 x 200, as a product on its ground is. */
const product = async () =>
  plain(300, 200, "#ffffff")
    .composite([{ input: await png(plain(100, 100, "#d02020")), left: 100, top: 50 }])
    .jpeg({ quality: 90 })
    .toBuffer();

describe("trim", () => {
  it("takes the border away, at the size that is left of the original", async () => {
    const trimmed = await made(await product(), { trim: true, width: 400, height: 400 });
    expect(trimmed.width).toBeGreaterThanOrEqual(99);
    expect(trimmed.width).toBeLessThanOrEqual(103);
    expect(Math.abs(trimmed.height - trimmed.width)).toBeLessThan(3);
    expect(at(trimmed, 3, 3)[0]).toBeGreaterThan(180);
    expect(at(trimmed, 3, 3)[1]).toBeLessThan(80);
  });

  it("does not lose resolution to a border that was decoded with it", async () => {
    const cat = await sharp(sample("chelsea.png")).resize(400, 400, { fit: "cover" }).png().toBuffer();
    const far = await plain(3000, 3000, "#ffffff")
      .composite([{ input: cat, left: 1300, top: 1300 }])
      .jpeg({ quality: 95 })
      .toBuffer();
    const trimmed = await made(far, { trim: true, width: 300, height: 300 });
    expect(sizeOf(trimmed)).toEqual([300, 300]);
    const { sharpness } = await statistics(trimmed);
    const direct = await statistics(await made(cat, { width: 300, height: 300 }));
    expect(sharpness).toBeGreaterThan(direct.sharpness * 0.9);
  });

  it("leaves a picture without a border, and one of one colour, as it is", async () => {
    expect(sizeOf(await made(await png(plain(80, 60)), { trim: true }))).toEqual([80, 60]);
    expect(sizeOf(await made(await png(plain(1, 1)), { trim: true }))).toEqual([1, 1]);
    expect(sizeOf(await made(sample("rocket.jpg"), { trim: true, width: 640, height: 640 }))).toEqual([
      640, 427,
    ]);
  });

  it("is of the first frame in all frames of an animation", async () => {
    const frame = async (colour: string) =>
      png(
        plain(90, 60, "#ffffff").composite([{ input: await png(plain(30, 30, colour)), left: 30, top: 15 }]),
      );
    const frames = [await frame("#ff0000"), await frame("#0000ff")];
    const file = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    const trimmed = await made(file, { trim: true });
    expect([...sizeOf(trimmed), trimmed.frames]).toEqual([30, 30, 2]);
    expect([at(trimmed, 5, 5).slice(0, 3), at(trimmed, 5, 35).slice(0, 3)]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });
});

describe("rotate", () => {
  const halves = async () => {
    const blue = await png(plain(30, 30, "#0000ff"));
    return sharp(await png(plain(60, 30, "#ff0000").composite([{ input: blue, left: 30, top: 0 }])))
      .removeAlpha()
      .png()
      .toBuffer();
  };

  it.each([
    [90, [30, 60], [255, 0, 0]],
    [180, [60, 30], [0, 0, 255]],
    [270, [30, 60], [0, 0, 255]],
  ] as const)("by %i degrees, clockwise", async (rotate, size, upperLeft) => {
    const pixels = await made(await halves(), { rotate });
    expect(sizeOf(pixels)).toEqual(size);
    expect(at(pixels, 2, 2)).toEqual(upperLeft);
  });

  it.each([90, 180, 270] as const)("by %i takes the focus along", async (rotate) => {
    const crop = await made(
      await halves(),
      { rotate, fit: "cover", width: 20, height: 20 },
      { x: 0.9, y: 0.5 },
    );
    expect(at(crop, 10, 10)).toEqual([0, 0, 255]);
  });
});

describe("contain", () => {
  it("is refused for an animation whose frames would be too many pixels in that box", async () => {
    const frames = Array.from({ length: 30 }, (_, index) => ({
      create: { width: 8, height: 8, channels: 3 as const, background: { r: 8 * index, g: 0, b: 0 } },
    }));
    const images = await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer()));
    const file = await sharp(images, { join: { animated: true } })
      .webp({ loop: 0 })
      .toBuffer();
    const box = { fit: "contain" as const, width: 2048, height: 2048 };
    await expect(made(file, box)).rejects.toThrow(
      /^TOO_MANY_PIXELS: In the size "v" the animation's 30 frames/,
    );
    expect((await made(file, { ...box, width: 200, height: 200 })).frames).toBe(30);
  });

  it("puts the picture into the middle of a box of the asked size, and does not enlarge it", async () => {
    const wide = await made(await png(plain(200, 100, "#ff0000")), { fit: "contain", background: "#00ff00" });
    expect(sizeOf(wide)).toEqual([100, 100]);
    expect([at(wide, 50, 10), at(wide, 50, 50), at(wide, 50, 90)]).toEqual([
      [0, 255, 0],
      [255, 0, 0],
      [0, 255, 0],
    ]);
    const little = await made(await png(plain(20, 20, "#ff0000")), { fit: "contain" });
    expect(sizeOf(little)).toEqual([100, 100]);
    expect([at(little, 39, 50), at(little, 40, 50), at(little, 59, 50), at(little, 60, 50)]).toEqual([
      [255, 255, 255],
      [255, 0, 0],
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });

  it("is transparent around it, or has its background behind what is transparent", async () => {
    const half = sharp({
      create: { width: 50, height: 50, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    });
    const file = await png(half);
    const open = await made(file, { fit: "contain", background: "transparent" });
    expect([open.channels, at(open, 5, 5)[3], at(open, 50, 50)[3]]).toEqual([4, 0, 0]);
    const closed = await made(file, { fit: "contain", background: "#0000ff" });
    expect([at(closed, 5, 5).slice(0, 3), at(closed, 50, 50).slice(0, 3)]).toEqual([
      [0, 0, 255],
      [0, 0, 255],
    ]);
    const opaque = await made(await png(plain(50, 50)), { fit: "contain", background: "transparent" });
    expect([at(opaque, 5, 5)[3], at(opaque, 50, 50)[3]]).toEqual([0, 255]);
  });
});

describe("light, colour and edges", () => {
  const dull = () => png(sharp(sample("chelsea.png")).linear(0.4, 60));

  it("normalise uses the full range", async () => {
    const [before, after] = [await made(await dull(), {}), await made(await dull(), { normalise: true })];
    expect((await statistics(after)).deviations[0]).toBeGreaterThan(
      1.6 * ((await statistics(before)).deviations[0] ?? 0),
    );
  });

  it("modulate changes brightness, saturation and hue, each by itself", async () => {
    const file = await png(plain(50, 50, "#804040"));
    const [red = 0, green = 0] = at(await made(file, { modulate: { brightness: 1.3 } }), 5, 5);
    expect(red).toBeGreaterThan(0x80 + 10);
    expect(green).toBeGreaterThan(0x40 + 10);
    const [less = 0, more = 0] = at(await made(file, { modulate: { saturation: 0.3 } }), 5, 5);
    expect(less - more).toBeLessThan(30);
    const [, , blue = 0] = at(await made(file, { modulate: { hue: 240 } }), 5, 5);
    expect(blue).toBeGreaterThan(100);
  });

  it("greyscale leaves no colour, and stays RGB", async () => {
    const pixels = await made(sample("coffee.png"), { greyscale: true });
    expect(pixels.channels).toBe(3);
    for (let pixel = 0; pixel < 50; pixel++) {
      const [red = 0, green = 0, blue = 0] = at(pixels, pixel, pixel);
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThanOrEqual(2);
    }
  });

  it("blur and sharpen do that", async () => {
    const [soft, plainOne, crisp] = await Promise.all(
      [{ blur: 3 }, {}, { sharpen: 1.5 }].map(async (more) =>
        statistics(await made(sample("chelsea.png"), more)),
      ),
    );
    expect(soft?.sharpness).toBeLessThan((plainOne?.sharpness ?? 0) / 2);
    expect(crisp?.sharpness).toBeGreaterThan((plainOne?.sharpness ?? 0) * 1.1);
  });

  it("do not bleed or flicker from frame to frame", async () => {
    const frames = await Promise.all(["#ff0000", "#00ff00"].map((colour) => png(plain(30, 30, colour))));
    const file = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    const pixels = await made(file, { blur: 5, normalise: false });
    expect([pixels.frames, at(pixels, 15, 29).slice(0, 3), at(pixels, 15, 30).slice(0, 3)]).toEqual([
      2,
      [255, 0, 0],
      [0, 255, 0],
    ]);
  });

  it("keep transparency", async () => {
    const background = { r: 200, g: 100, b: 50, alpha: 0.5 };
    const file = await png(sharp({ create: { width: 50, height: 50, channels: 4, background } }));
    for (const more of [
      { greyscale: true },
      { normalise: true },
      { modulate: { saturation: 2 } },
      { blur: 2 },
      { sharpen: 1 },
    ]) {
      const pixels = await made(file, more);
      expect([pixels.channels, at(pixels, 25, 25)[3]], JSON.stringify(more)).toEqual([4, 128]);
    }
  });
});

it("variants that are made in other ways are other files, and those made alike are one", async () => {
  const file = sample("rocket.jpg");
  const original = await inspect(file, file.length, limits, async () => file);
  const { variants } = await derived(
    file,
    original,
    [
      variant({ name: "one" }),
      variant({ name: "same", quality: 50 }),
      variant({ name: "grey", greyscale: true }),
      variant({ name: "turned", rotate: 180 }),
      variant({ name: "contained", fit: "contain" }),
    ],
    limits,
  );
  const [one, same, ...others] = variants.map(({ pixels }) => pixels);
  expect(same).toBe(one);
  expect(new Set(others).size).toBe(3);
  expect(others).not.toContain(one);
});

it("a variant is marked as it says, or else as the setting says", () => {
  const staged = ["a", "b", "c"].map((name) => ({
    name,
    key: `${name}.raw`,
    offset: 0,
    width: 9,
    height: 9,
    channels: 3 as const,
  }));
  const variants = [
    variant({ name: "a", watermark: false }),
    variant({ name: "b", watermark: true }),
    variant({ name: "c" }),
  ];
  const marked = (mark: { variants: string[] } | undefined) =>
    planFiles("files/_/i/v/", staged, { variants, mark })
      .canvases.filter(({ isMarked }) => isMarked)
      .map((canvas) => canvas.staged.name);
  expect(marked({ variants: ["a", "c"] })).toEqual(["b", "c"]);
  expect(marked({ variants: [] })).toEqual(["b"]);
  expect(marked(undefined)).toEqual([]);
});

describe("a preset is refused", () => {
  it.each([
    ["a position that no crop needs", { position: "attention" }, 'is for the fit "cover"'],
    ["a background that nothing needs", { background: "#fff000" }, 'is for the fit "contain"'],
    ["a colour by name", { fit: "contain", background: "red" }, "is neither a colour"],
    ["a slant", { rotate: 45 }, ""],
    ["an operation that there is not", { emboss: true }, ""],
    ["a quality that is a word", { quality: "best" }, ""],
  ])("with %s", (_, more, message) => {
    const parsed = variantsSchema.safeParse([{ ...variant(), ...more }]);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(JSON.stringify(message).slice(1, -1));
  });
});
