import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  animation,
  plain,
  pngBomb,
  pngWithBrokenChunk,
  sample,
  svgWithScript,
  truncatedJpeg,
  zip,
} from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ IMAGE_PIPELINE_LIMITS: '{"maxFrames": 5, "maxBytes": 800000}' });
});
afterAll(() => pipeline.stop());

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
      () => animation("gif", 6, 20, 20),
      "TOO_MANY_FRAMES",
      /6 frames; at most 5/,
    ],
    ["an SVG with a script", "drawing.png", () => svgWithScript, "UNSUPPORTED_TYPE", /SVG drawing/],
    ["a zip", "archive.jpg", () => zip, "UNSUPPORTED_TYPE", /ZIP archive/],
    [
      "a file over the byte limit",
      "large.png",
      () => Buffer.concat([sample("astronaut.png"), Buffer.alloc(9000)]),
      "TOO_MANY_BYTES",
      /at most 800,000/,
    ],
  ])("%s", async (_, key, make, code, reason) => {
    const told = await pipeline.subscribeToOutcomes();
    const rejectedBefore = pipeline.metric("ImagesRejected").length;
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
    expect(pipeline.metric("ImagesRejected").length).toBe(rejectedBefore + 1);
    expect(pipeline.metric("ImagesFailed")).toEqual([]);
  });
});

it("a folder is no image: no execution, no record, no message left", async () => {
  await pipeline.upload("holidays/", Buffer.alloc(0));
  // What is uploaded after it and processed shows that the folder's event was dealt with.
  await pipeline.process("holidays/after.png", await plain(20, 20).png().toBuffer());
  await pipeline.idle();
  expect(
    pipeline.events("started").map(({ execution }) => JSON.parse(execution.input).image.key),
  ).not.toContain("holidays/");
  expect(await pipeline.record("holidays/")).toBeUndefined();
  expect(await pipeline.messagesIn(pipeline.engine.outputs.dead_letter_queue_url)).toBe(0);
});

it("a good file under the key of a rejected one is processed, and the reason is gone", async () => {
  await pipeline.process("again.png", Buffer.from("oops"));
  expect((await pipeline.record("again.png"))?.status).toBe("REJECTED");
  await pipeline.process("again.png", await plain(20, 20).png().toBuffer());
  const record = await pipeline.record("again.png");
  expect(record?.status).toBe("PROCESSED");
  expect(record?.lastAttempt).not.toHaveProperty("rejection");
});
