import { describe, expect } from "vitest";
import {
  animation,
  plain,
  pngBomb,
  pngWithBrokenChunk,
  svgWithScript,
  truncatedJpeg,
  zip,
} from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { defaultSettings } from "../fixtures/settings.ts";
import { it } from "../fixtures/shared-pipeline.ts";

const { maxFrames } = defaultSettings.limits;
let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});

describe("a file that is at fault is rejected, recorded with a reason, told, and not tried again:", () => {
  it.each<[string, string, () => Buffer | Promise<Buffer>, string, RegExp]>([
    ["an empty file", "empty.jpg", () => Buffer.alloc(0), "EMPTY", /is empty/],
    ["text renamed .jpg", "text.jpg", () => Buffer.from("Dear diary,\n"), "UNSUPPORTED_TYPE", /This is text/],
    ["a truncated JPEG", "cut off.jpg", truncatedJpeg, "CORRUPT", /damaged or incomplete/],
    ["a PNG with a broken chunk", "broken.png", pngWithBrokenChunk, "CORRUPT", /damaged or incomplete/],
    ["a decompression bomb", "bomb.png", () => pngBomb(50_000, 50_000), "TOO_MANY_PIXELS", /50,000 x 50,000/],
    [
      "too long an animation",
      "long.gif",
      () => animation("gif", maxFrames + 1, 2, 2),
      "TOO_MANY_FRAMES",
      /301 frames; at most 300/,
    ],
    ["an SVG with a script", "drawing.png", () => svgWithScript, "UNSUPPORTED_TYPE", /SVG drawing/],
    ["a zip", "archive.jpg", () => zip, "UNSUPPORTED_TYPE", /ZIP archive/],
  ])("%s", async (_, name, make, code, reason) => {
    const key = `rejected/${name}`;
    const told = await pipeline.subscribeToOutcomes();
    const counted = () => ["ImagesRejected", "ImagesFailed"].map((name) => pipeline.metric(name).length);
    const [rejected = 0, failed = 0] = counted();
    // The content type lies, as it does for every file that is at fault on purpose.
    const execution = await pipeline.process(key, await make(), { contentType: "image/jpeg" });
    expect(execution).toMatchObject({ status: "FAILED", error: "ImageRejected" });

    const record = await pipeline.record(key);
    expect(record).toMatchObject({
      status: "REJECTED",
      lastAttempt: { status: "REJECTED", rejection: { code, reason: expect.stringMatching(reason) } },
      original: { key },
    });
    expect(record?.lastAttempt?.rejection?.reason).toMatch(/^[A-Z].*\.$/);
    expect(record).not.toHaveProperty("error");
    expect(await told(1)).toMatchObject([{ status: "REJECTED", rejection: { code } }]);

    expect(pipeline.events("stateRetried").filter((event) => event.execution.arn === execution.arn)).toEqual(
      [],
    );
    const imageId = pipeline.imageIdOf(key);
    expect(await pipeline.keysIn("staging", imageId)).toEqual([]);
    expect(await pipeline.filesOf(imageId)).toEqual([]);
    expect(await pipeline.keysIn("original", key)).toEqual([key]);
    await pipeline.idle();
    expect(counted()).toEqual([rejected + 1, failed]);
  });
});

it("a folder is no image: no execution, no record, no message left", async () => {
  const deadLetters = () => pipeline.messagesIn(pipeline.engine.outputs.dead_letter_queue_url);
  const before = await deadLetters();
  await pipeline.upload("rejected/folder/", Buffer.alloc(0));
  // What is uploaded after it and processed shows that the folder's event was dealt with.
  await pipeline.process("rejected/folder/after.png", await plain(20, 20).png().toBuffer());
  await pipeline.idle();
  expect(
    pipeline.events("started").map(({ execution }) => JSON.parse(execution.input).image.key),
  ).not.toContain("rejected/folder/");
  expect(await pipeline.record("rejected/folder/")).toBeUndefined();
  expect(await deadLetters()).toBe(before);
});

it("a good file under the key of a rejected one is processed, and the reason is gone", async () => {
  await pipeline.process("rejected/again.png", Buffer.from("oops"));
  expect((await pipeline.record("rejected/again.png"))?.status).toBe("REJECTED");
  await pipeline.process("rejected/again.png", await plain(20, 20).png().toBuffer());
  const record = await pipeline.record("rejected/again.png");
  expect(record?.status).toBe("PROCESSED");
  expect(record?.lastAttempt).not.toHaveProperty("rejection");
});
