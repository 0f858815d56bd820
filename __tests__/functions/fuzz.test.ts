/** Samples and the corpus with bytes lost, turned or made up, through all that reads strangers' files: published or rejected, in the memory and the time that there is. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ImageRejected, parseRejection, REJECTION_CODES } from "../../functions/shared/errors.ts";
import { HEAD_BYTES, inspect } from "../../functions/validate/inspect.ts";
import { encode } from "../../functions/watermark/encode.ts";
import { planFiles } from "../../functions/watermark/plan.ts";
import { type FileToEncode, filesOf, secondsToEncode } from "../../functions/watermark/seconds.ts";
import { CORPUS } from "../fixtures/corpus/corpus.ts";
import { derived } from "../fixtures/derived.ts";
import { randomNumbers } from "../fixtures/random.ts";
import { defaultSettings } from "../fixtures/settings.ts";

const { limits, memoryMb, watermark: mark } = defaultSettings;
/** The corpus is small: these are smaller than it, as the usual ones are than photographs. */
const variants = defaultSettings.variants.map((variant) => ({
  ...variant,
  width: variant.width / 32,
  height: variant.height / 32,
}));
const SAMPLES = ["rocket.jpg", "rocket-rises.webp"];
/** What ends a run that would take long; on a machine at rest it is not reached. */
const CPU_SECONDS = 20;

type Change = (bytes: Buffer, random: (below: number) => number) => Buffer;

const cut: Change = (bytes, random) => bytes.subarray(0, random(bytes.length));
const turnBits: Change = (bytes, random) => {
  for (let count = 0; count < 4 && bytes.length > 0; count++) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  return bytes;
};
/** Sizes, counts and offsets are numbers at the start. */
const lie: Change = (bytes, random) => {
  for (let count = 0; count < 3 && bytes.length > 4; count++) {
    const at = random(Math.min(200, bytes.length - 4));
    bytes.writeUInt32BE([0, 0xffffffff, 0x7fffffff, random(2 ** 16)][random(4)] ?? 0, at);
  }
  return bytes;
};
const CHANGES = [cut, turnBits, lie];

type Made = Awaited<ReturnType<typeof derived>>["variants"];

/** What watermark encodes of the pixels that resize has made. */
function filesPlanned(made: Made): FileToEncode[] {
  const staged = made.map(({ name, pixels: { data, ...shape } }) => {
    const key = String(made.findIndex(({ pixels }) => pixels.data === data));
    return { ...shape, name, key, offset: 0 };
  });
  const { canvases } = planFiles("", staged, { variants, mark: mark || undefined });
  return canvases.flatMap(({ staged: { key, width, height }, files }) => {
    const frames = made[Number(key)]?.pixels.frames ?? 0;
    return files.map((file) => ({ ...file, pixels: width * height, frames }));
  });
}

async function becomes(file: Buffer): Promise<string> {
  try {
    const original = await inspect(file.subarray(0, HEAD_BYTES), file.length, limits, async () => file);
    const memoryBytes = memoryMb.resize * 2 ** 20;
    const { variants: made, animation } = await derived(file, original, variants, {
      ...limits,
      memoryBytes,
    });
    // Synth refuses settings with which anything that validate accepts would take longer than there is.
    const reckoned = secondsToEncode(filesOf(original, variants));
    expect(secondsToEncode(filesPlanned(made))).toBeLessThanOrEqual(reckoned);
    const smallest = made.at(-1);
    if (smallest) await encode(smallest.pixels, { format: "webp", quality: 80 }, { animation });
    return "published";
  } catch (error) {
    if (error instanceof ImageRejected) return parseRejection(error.message).code;
    throw error;
  }
}

it("what is changed at random is published, or rejected with a code, in the memory and the time of the functions", async () => {
  const random = randomNumbers(11);
  const files = [
    ...SAMPLES.map((name) => readFileSync(new URL(`../../samples/${name}`, import.meta.url))),
    ...(await Promise.all(CORPUS.map(({ make }) => make()))),
  ];
  const seen = new Map<string, number>();
  const begin = process.cpuUsage().user;
  for (const [index, file] of files.entries()) {
    if ((process.cpuUsage().user - begin) / 1e6 > CPU_SECONDS) break;
    const change = CHANGES[index % CHANGES.length] ?? cut;
    const outcome = await becomes(change(Buffer.from(file), random));
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  expect(["published", ...REJECTION_CODES]).toEqual(expect.arrayContaining([...seen.keys()]));
  expect([...seen.keys()]).toEqual(expect.arrayContaining(["published", "CORRUPT", "UNSUPPORTED_TYPE"]));
  // Vitest and the corpus are in it, too.
  expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(memoryMb.resize);
});
