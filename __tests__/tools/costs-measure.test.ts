import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSmallPhotograph } from "../../tools/costs/measure.ts";
import { recorded, STEPS } from "../../tools/costs/measured.ts";
import { ImageRuns, type Run } from "../../tools/costs/one-image.ts";
import { synthesize } from "../fixtures/stack.ts";

/** CPU time is read from there. */
const isMeasurable = existsSync("/proc/self/schedstat");

describe.skipIf(!isMeasurable)("an image that is measured", () => {
  let images: ImageRuns;
  let first: Run;
  let second: Run;
  beforeAll(async () => {
    images = await ImageRuns.start(synthesize().file);
    const photograph = await makeSmallPhotograph(mkdtempSync(join(tmpdir(), "costs-")));
    // A process reads the presets first.
    await images.run(photograph);
    first = await images.run(photograph);
    second = await images.run(photograph);
  });
  afterAll(() => images?.stop());

  it("asks as much of AWS as docs/costs.md is calculated from", () => {
    const [{ calls, states, historyEvents } = second] = recorded.photographs;
    expect(second, "npm run costs -- --write measures anew").toMatchObject({ calls, states, historyEvents });
  });

  it("is counted alone, whatever came before it", () => {
    expect(second.calls).toEqual(first.calls);
    expect(second.bytes).toEqual(first.bytes);
  });

  it("takes CPU time, bytes and log lines of every function that has to do with it", () => {
    for (const step of STEPS) {
      expect(images.initCpuMs[step], step).toBeGreaterThan(0);
      expect(second.invocations[step].cpuMs, step).toBeGreaterThan(0);
      expect(second.invocations[step].logBytes, step).toBeGreaterThan(0);
    }
    const { resize, watermark } = second.invocations;
    // The original in and the pixels out; the pixels in and the files out, with what goes around them.
    expect(resize.bytes / (second.bytes.original + second.bytes.staging)).toBeCloseTo(1, 1);
    expect(watermark.bytes / (second.bytes.staging + second.bytes.processed)).toBeCloseTo(1, 1);
  });
});
