import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Color } from "sharp";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../functions/shared/pixels.ts";
import { createMark } from "../../functions/watermark/mark.ts";
import { placeOf, stamp } from "../../functions/watermark/stamp.ts";
import { canvas, fontFile, SETTING } from "../fixtures/canvas.ts";

const magentaSquare = sharp({
  create: { width: 100, height: 100, channels: 4, background: { r: 255, g: 0, b: 255, alpha: 1 } },
})
  .png()
  .toBuffer();

/** The box of pixels that differ between two images of one size. */
function changedBox(before: Pixels, after: Pixels) {
  const xs: number[] = [];
  const ys: number[] = [];
  for (let pixel = 0; pixel < before.width * before.height; pixel++) {
    const at = pixel * before.channels;
    if (before.data.compare(after.data, at, at + before.channels, at, at + before.channels) === 0) continue;
    xs.push(pixel % before.width);
    ys.push(Math.floor(pixel / before.width));
  }
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
    pixels: xs.length,
  };
}

const copyOf = (pixels: Pixels): Pixels => ({ ...pixels, data: Buffer.from(pixels.data) });

describe("the mark", () => {
  it("takes its share, in its corner, and touches nothing else", async () => {
    const before = await canvas(800, 400, "#303030");
    const after = copyOf(before);
    await stamp(after, await createMark(await magentaSquare, 1), SETTING);
    // A quarter of the side of a square of the same area (566), 12 pixels (3 % of 400) from the edges.
    expect(changedBox(before, after)).toEqual({
      left: 647,
      right: 787,
      top: 247,
      bottom: 387,
      pixels: 141 * 141,
    });
  });

  it.each([
    ["a landscape", 1200, 800],
    ["a portrait", 800, 1200],
    ["a panorama", 2048, 256],
    ["a tower", 256, 2048],
    ["a small picture", 150, 100],
  ])("covers at most half of either side of %s, but for small ones", async (_, width, height) => {
    const before = await canvas(width, height, "#303030");
    const after = copyOf(before);
    await stamp(after, await createMark(await magentaSquare, 1), SETTING);
    const { left, right, top, bottom } = changedBox(before, after);
    const most = Math.max(72, Math.min(width, height) / 2);
    expect(right - left + 1).toBeLessThanOrEqual(most);
    expect(bottom - top + 1).toBeLessThanOrEqual(most);
    expect(right - left + 1).toBeGreaterThanOrEqual(72);
  });

  it.each([
    ["northwest", 10, 10],
    ["north", 150, 10],
    ["northeast", 290, 10],
    ["west", 10, 75],
    ["centre", 150, 75],
    ["east", 290, 75],
    ["southwest", 10, 140],
    ["south", 150, 140],
    ["southeast", 290, 140],
  ] as const)("goes to the %s", (position, left, top) => {
    const place = placeOf({ width: 100, height: 50 }, { width: 400, height: 200 }, 10, position);
    expect(place).toEqual({ left, top });
  });

  it.each([0.3, 0.6, 1])("at opacity %f mixes as sharp's composite does", async (opacity) => {
    const before = await canvas(400, 200, "#204060");
    const after = copyOf(before);
    await stamp(after, await createMark(await magentaSquare, opacity), { ...SETTING, position: "centre" });
    const { data } = await sharp(before.data, { raw: { width: 400, height: 200, channels: 3 } })
      .composite([
        {
          input: {
            create: {
              width: 50,
              height: 50,
              channels: 4,
              background: { r: 255, g: 0, b: 255, alpha: opacity },
            },
          },
          left: 175,
          top: 75,
        },
      ])
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const centre = (100 * 400 + 200) * 3;
    for (let channel = 0; channel < 3; channel++)
      expect(
        Math.abs((after.data[centre + channel] ?? 0) - (data[centre + channel] ?? 0)),
      ).toBeLessThanOrEqual(2);
  });

  it("is visible on a transparent picture too, which stays transparent around it", async () => {
    const after = await canvas(200, 100, { r: 0, g: 0, b: 0, alpha: 0 }, 4);
    await stamp(after, await createMark(await magentaSquare, 0.5), { ...SETTING, position: "northwest" });
    expect([...after.data.subarray((10 * 200 + 10) * 4, (10 * 200 + 10) * 4 + 4)]).toEqual([
      255, 0, 255, 128,
    ]);
    expect(after.data.at(-1)).toBe(0);
  });

  it("is on every frame of an animation", async () => {
    const data = Buffer.alloc(200 * 100 * 3 * 4);
    const pixels: Pixels = { data, width: 200, height: 100, channels: 3, frames: 4 };
    await stamp(pixels, await createMark(await magentaSquare, 1), { ...SETTING, position: "northwest" });
    for (let frame = 0; frame < 4; frame++)
      expect([...data.subarray((frame * 100 + 5) * 600 + 15, (frame * 100 + 5) * 600 + 18)]).toEqual([
        255, 0, 255,
      ]);
  });

  it.each([
    [1, 1],
    [99, 99],
    [4000, 99],
    [99, 4000],
  ])("is not put on %i x %i pixels: it could not be read", async (width, height) => {
    const before = await canvas(width, height, "#000000");
    const after = copyOf(before);
    await stamp(after, await createMark(await magentaSquare, 1), SETTING);
    expect(after.data.equals(before.data)).toBe(true);
  });

  it("fits into the smallest picture that has one, however wide its margin", async () => {
    const after = await canvas(100, 100, "#000000");
    await stamp(after, await createMark(await magentaSquare, 1), { ...SETTING, size: 1, margin: 0.4 });
    expect(after.data.filter((byte) => byte > 0)).toHaveLength(20 * 20 * 2);
  });

  /** Of 255: how far apart the lightest and the darkest are of what the mark has drawn, and of what it was drawn on. */
  async function contrastOn(before: Pixels): Promise<{ inMark: number; size: [number, number] }> {
    const after = copyOf(before);
    await stamp(after, await createMark({ text: "© Ann & Bob <b>", fontFile }, 0.6), SETTING);
    const { left, right, top, bottom } = changedBox(before, after);
    const around = await sharp(after.data, {
      raw: { width: before.width, height: before.height, channels: 3 },
    })
      .extract({ left, top, width: right - left + 1, height: bottom - top + 1 })
      .greyscale()
      .raw()
      .toBuffer();
    return { inMark: Math.max(...around) - Math.min(...around), size: [right - left + 1, bottom - top + 1] };
  }

  it.each(["#ffffff", "#e0e0e0", "#c0a080", "#808080", "#404040", "#000000"])(
    "of words can be read on %s",
    async (background) => {
      const { inMark, size } = await contrastOn(await canvas(800, 400, background));
      expect(size[0]).toBeGreaterThan(120);
      expect(inMark).toBeGreaterThan(120);
    },
  );

  it("of words is light on dark pictures and dark on light ones", async () => {
    // In its middle is the middle of the letter.
    const inLetter = async (background: Color, channels: 3 | 4 = 3) => {
      const after = await canvas(400, 400, background, channels);
      await stamp(after, await createMark({ text: "I", fontFile }, 1), { ...SETTING, position: "centre" });
      return after.data[(200 * 400 + 200) * channels];
    };
    expect(await inLetter("#202020")).toBeGreaterThan(250);
    expect(await inLetter("#f0f0f0")).toBeLessThan(5);
    // What is transparent is mostly shown on white.
    expect(await inLetter({ r: 0, g: 0, b: 0, alpha: 0 }, 4)).toBeLessThan(5);
  });

  it("of a picture keeps its colours, on light pictures too", async () => {
    const after = await canvas(400, 200, "#ffffff");
    await stamp(after, await createMark(await magentaSquare, 1), { ...SETTING, position: "centre" });
    const centre = (100 * 400 + 200) * 3;
    expect([...after.data.subarray(centre, centre + 3)]).toEqual([255, 0, 255]);
  });

  it("of words has an edge of the other kind around every letter, for restless pictures", async () => {
    const markAt = await createMark({ text: "II", fontFile }, 1);
    const mark = await markAt(400, 400);
    const row = Math.floor(mark.height / 2) * mark.width * 4;
    const opaque = Array.from({ length: mark.width }, (_, x) => row + x * 4)
      .filter((at) => (mark.data[at + 3] ?? 0) > 200)
      .map((at) => ((mark.data[at] ?? 0) > 127 ? "letter" : "edge"));
    const runs = opaque.filter((kind, index) => kind !== opaque[index - 1]);
    expect(runs.slice(0, 3)).toEqual(["edge", "letter", "edge"]);
    expect(runs.at(-1)).toBe("edge");
  });
});

describe("on a machine without fonts, as Lambda is,", () => {
  /** Pixels of the mark of words, from a process that knows the fonts of a folder only. */
  function markIn(fontsFolder: string | undefined): { hash: string; ink: number } {
    const folder = mkdtempSync(join(tmpdir(), "fonts-"));
    const config = join(folder, "fonts.conf");
    const font = join(folder, "font.ttf");
    copyFileSync(fontFile, font);
    const directory = fontsFolder === undefined ? "" : `<dir>${fontsFolder}</dir>`;
    writeFileSync(
      config,
      `<?xml version="1.0"?><fontconfig>${directory}<cachedir>${folder}</cachedir></fontconfig>`,
    );
    const script = `
      import { createHash } from "node:crypto";
      import { rmSync } from "node:fs";
      import { createMark } from "./functions/watermark/mark.ts";
      const markAt = await createMark({ text: "© Wil", fontFile: ${JSON.stringify(font)} }, 1);
      rmSync(${JSON.stringify(font)});
      const mark = await markAt(300, 300);
      const ink = mark.data.filter((byte, index) => index % 4 === 3 && byte > 200).length / (mark.width * mark.height);
      console.log(JSON.stringify({ hash: createHash("sha256").update(mark.data).digest("hex"), ink }));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { ...process.env, FONTCONFIG_FILE: config },
    });
    rmSync(folder, { recursive: true });
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout);
  }

  it("words are set in the packed font, which nothing reads once they are, and look as they do anywhere", () => {
    const bare = markIn(undefined);
    expect(bare).toEqual(markIn("/usr/share/fonts"));
    expect(bare.ink).toBeGreaterThan(0.05);
  });
});
