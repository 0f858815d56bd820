import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { heicAsTiff } from "../../functions/resize/heic.ts";
import { blockUntrustedLoaders } from "../../functions/shared/untrusted.ts";
import { plain } from "../fixtures/images.ts";

blockUntrustedLoaders();

const opened = (input: Buffer | string) =>
  sharp(input)
    .metadata()
    .then(
      ({ format }) => format,
      () => "refused",
    );

/** By sharp's names. */
const KINDS = ["jpeg", "png", "webp", "gif", "tiff", "avif"] as const;

describe("a stranger's file", () => {
  it.each(KINDS)("is opened as %s from memory, and by no path", async (format) => {
    const file = await plain(8, 8).toFormat(format).toBuffer();
    expect(await opened(file)).toBe(format === "avif" ? "heif" : format);
    const path = join(tmpdir(), `stranger.${format}`);
    await writeFile(path, file);
    expect(await opened(path)).toBe("refused");
  });

  it("is opened as HEIC in a thread of its own, which ends with that", async () => {
    const file = await readFile(new URL("../fixtures/corpus/chart.heic", import.meta.url));
    const threads: Worker[] = [];
    const note = (thread: Worker) => threads.push(thread);
    process.on("worker", note);
    const { tiff } = await heicAsTiff(file, 1_000_000).finally(() => process.off("worker", note));
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
    expect(await opened(tiff)).toBe("tiff");
  });

  it("is opened as nothing else that this sharp knows: neither as an SVG nor as a file of libvips", async () => {
    const known = Object.entries(sharp.format).flatMap(([name, { input }]) =>
      input.buffer || input.file ? [name] : [],
    );
    const others = known.filter((name) => !["heif", ...KINDS].includes(name));
    expect(others.sort()).toEqual(["raw", "svg", "vips"]);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    expect(await opened(Buffer.from(svg))).toBe("refused");
    const path = join(tmpdir(), "stranger.v");
    await plain(8, 8).toFile(path);
    expect(await opened(path)).toBe("refused");
  });
});
