import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, colourOf, red, sample } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

/** What is published of an image, whatever happens to it afterwards. */
let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});
afterEach(() => pipeline.engine.faults.clear());

const watermark = { service: "lambda", function: "watermark" } as const;

/** The colours of the files that are shown of an image. */
async function coloursOf(key: string): Promise<Set<string>> {
  const files = fileKeysOf((await pipeline.record(key))?.published);
  return new Set(await Promise.all(files.map(async (file) => colourOf(await pipeline.published(file)))));
}

it("files are written while others still are", async () => {
  const target = { service: "s3", operation: "PutObject", key: "large.webp" };
  const { release, reached } = pipeline.hold(target);
  const version = await pipeline.upload("held.jpg", anew(sample("rocket.jpg")));
  await reached();
  const names = async () =>
    (await pipeline.filesOf(pipeline.imageIdOf("held.jpg"))).map((key) => key.split("/").at(-1));
  // 640 pixels wide: `medium` comes out as `large` does.
  await expect
    .poll(async () => (await names()).sort())
    .toEqual(["large.jpeg", "small.jpeg", "small.webp", "thumbnail.jpeg", "thumbnail.webp"]);
  release();
  expect((await pipeline.ended(version)).status).toBe("SUCCEEDED");
  expect((await pipeline.record("held.jpg"))?.published?.variants).toHaveLength(8);
  expect(await names()).toHaveLength(6);
});

describe("what is published stays", () => {
  it("when the image is processed again and that fails", async () => {
    await pipeline.process("kept.png", anew(red));
    const before = await pipeline.record("kept.png");
    pipeline.engine.faults.add({ target: watermark, kind: "throttle", times: 1000 });
    await pipeline.processAgain("kept.png");
    const after = await pipeline.record("kept.png");
    expect(after).toMatchObject({
      status: "FAILED",
      lastAttempt: { status: "FAILED", error: { name: "Lambda.TooManyRequestsException" } },
    });
    expect(after?.published).toEqual(before?.published);
    expect(after?.published?.variants).toHaveLength(8);
    expect(await coloursOf("kept.png")).toEqual(new Set(["red"]));
  });

  it("when a damaged file is uploaded over it, and is shown and downloaded as before", async () => {
    const ann = await apiClientOf(pipeline, "ann@example.org");
    const { body } = await ann.call("POST", "/images", {
      body: new Uint8Array(red),
      headers: { "content-type": "image/png" },
    });
    await pipeline.idle();
    const { body: before } = await ann.get(`/images/${body.imageId}`);
    const key = (await pipeline.recordOf(body.imageId))?.original.key ?? "";
    await pipeline.process(key, red.subarray(0, 60));
    const { body: after } = await ann.get(`/images/${body.imageId}`);
    const rejection = { code: "CORRUPT", reason: expect.stringMatching(/\.$/) };
    expect(after).toMatchObject({
      status: "REJECTED",
      rejection,
      lastAttempt: { status: "REJECTED", rejection },
      original: { format: "png", width: 60, bytes: red.length },
      thumbhash: before.thumbhash,
    });
    expect(after.variants).toHaveLength(8);
    expect((await fetch(after.variants[0].url)).status).toBe(200);
    expect((await ann.call("GET", `/images/${body.imageId}/download/large`)).status).toBe(302);
  });

  it("until all files of the version that replaces it are there", async () => {
    await pipeline.process("whole.png", anew(red));
    const put = { service: "s3", operation: "PutObject", key: "thumbnail.jpeg" };
    const held = pipeline.hold(put);
    const version = await pipeline.upload("whole.png", anew(blue));
    await held.reached();
    const imageId = pipeline.imageIdOf("whole.png");
    await expect.poll(async () => (await pipeline.filesOf(imageId)).length).toBeGreaterThan(4);
    expect(await coloursOf("whole.png")).toEqual(new Set(["red"]));
    held.release();
    await pipeline.ended(version);
    expect(await coloursOf("whole.png")).toEqual(new Set(["blue"]));
  });
});

it("A, B and A again: the last is shown, though B's files are written after it", async () => {
  const key = "aba.png";
  const first = await pipeline.upload(key, anew(red));
  await pipeline.ended(first);
  const put = { service: "s3", operation: "PutObject", key: "large.webp" };
  const held = pipeline.hold(put);
  const slow = await pipeline.upload(key, anew(blue));
  await held.reached();
  const last = await pipeline.upload(key, anew(red));
  await pipeline.ended(last);
  const record = await pipeline.record(key);
  expect(record).toMatchObject({ status: "PROCESSED", published: { original: { versionId: last } } });
  held.release();
  await pipeline.ended(slow);
  expect(await pipeline.record(key)).toEqual(record);
  expect(await coloursOf(key)).toEqual(new Set(["red"]));
  const kept = [...fileKeysOf(record?.published), ...fileKeysOf(record?.previous)].sort();
  expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual(kept);
});

it("what is replaced can be put back: it is in the record, and its files are left to the bucket's lifecycle", async () => {
  await pipeline.process("replaced.png", anew(red));
  const before = await pipeline.record("replaced.png");
  await pipeline.process("replaced.png", anew(blue));
  const after = await pipeline.record("replaced.png");
  expect(after?.previous).toEqual(before?.published);
  const marked = (files: string[]) => Promise.all(files.map((file) => pipeline.isMarkedReplaced(file)));
  expect(new Set(await marked(fileKeysOf(after?.previous)))).toEqual(new Set([true]));
  expect(new Set(await marked(fileKeysOf(after?.published)))).toEqual(new Set([false]));
  for (const file of fileKeysOf(after?.published)) expect(fileKeysOf(before?.published)).not.toContain(file);
});

describe("what is replaced stays left to the lifecycle, though a function that was disconnected", () => {
  /** @param write of the file that the function comes back to when a later version is shown. */
  async function replacedWhileWriting(key: string, file: Buffer, write: "PutObject" | "CopyObject") {
    const held = pipeline.hold({ service: "s3", operation: write, key: "large.webp" });
    pipeline.engine.faults.add({ target: watermark, kind: "disconnect", until: held.reached(), times: 1 });
    const first = await pipeline.process(key, file);
    expect(pipeline.retriesOf(first, "Watermark")).toBe(1);
    await pipeline.process(key, anew(blue));
    const late = pipeline.nextReport("watermark");
    held.release();
    await late;
    const files = fileKeysOf((await pipeline.record(key))?.previous);
    return Promise.all(
      files.map(async (each) => [each.split("/").at(-1), await pipeline.isMarkedReplaced(each)]),
    );
  }

  it("writes it again", async () => {
    const marked = await replacedWhileWriting("written late.png", anew(red), "PutObject");
    expect(marked).toContainEqual(["large.webp", true]);
    expect(marked).not.toContainEqual([expect.anything(), false]);
  });

  it("copies it again", async () => {
    // Of a size of its own: of those that are as large, twenty are looked at.
    const file = Buffer.concat([anew(red), Buffer.from("copied")]);
    await pipeline.process("copied from.png", file);
    const marked = await replacedWhileWriting("copied late.png", file, "CopyObject");
    expect(marked).toContainEqual(["large.webp", true]);
    expect(marked).not.toContainEqual([expect.anything(), false]);
  });
});

it("an outcome that is written twice replaces once", async () => {
  await pipeline.process("repeated.png", anew(red));
  const before = await pipeline.record("repeated.png");
  // The function is killed after it has written the outcome.
  const held = pipeline.hold({ service: "s3", operation: "PutObjectTagging" });
  const kill = pipeline.kill("record-metadata");
  const version = await pipeline.upload("repeated.png", anew(blue));
  await held.reached();
  expect((await pipeline.record("repeated.png"))?.published?.original.versionId).toBe(version);
  kill();
  expect(pipeline.retriesOf(await pipeline.ended(version), "RecordMetadata")).toBe(1);
  held.release();
  const after = await pipeline.record("repeated.png");
  expect(after?.previous).toEqual(before?.published);
  expect(after?.published?.original.versionId).toBe(version);
  for (const file of fileKeysOf(after?.previous)) expect(await pipeline.isMarkedReplaced(file)).toBe(true);
});

it("what is replaced is left to the lifecycle, though S3 fails more often than the SDK tries", async () => {
  await pipeline.process("patient.png", anew(red));
  const [key] = fileKeysOf((await pipeline.record("patient.png"))?.published);
  const target = { service: "s3", operation: "PutObjectTagging", ...(key !== undefined && { key }) };
  pipeline.engine.faults.add({ target, kind: "error500", times: 4 });
  await pipeline.process("patient.png", anew(blue));
  expect(await pipeline.isMarkedReplaced(key ?? "")).toBe(true);
});

it.each([
  ["another has", 1],
  ["two others have", 2],
])("an outcome that is written once more, after %s replaced it, does not come back", async (_, others) => {
  const key = `late by ${others}.png`;
  const first = await pipeline.process(key, anew(red));
  for (let other = 0; other < others; other++) await pipeline.processAgain(key);
  const before = await pipeline.record(key);
  const events = await pipeline.historyOf(first);
  const startedAt = events[0]?.timestamp?.toISOString();
  const entered = events.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails);
  const state = JSON.parse(entered.find((details) => details?.name === "RecordMetadata")?.input ?? "");
  const execution = { arn: first.arn, name: first.name, startedAt };
  const { endpoint, region } = pipeline.engine;
  const lambda = new LambdaClient({ endpoint, region, credentials: CREDENTIALS });
  await lambda.send(
    new InvokeCommand({
      FunctionName: "image-pipeline-dev-record-metadata",
      Payload: JSON.stringify({ execution, image: state.image, state }),
    }),
  );
  lambda.destroy();
  const after = await pipeline.record(key);
  expect(after?.published).toEqual(before?.published);
  expect(after?.previous).toEqual(before?.previous);
  for (const file of fileKeysOf(after?.published)) expect(await pipeline.isMarkedReplaced(file)).toBe(false);
});

describe("nothing is left", () => {
  it("of the pixels that were staged, when the execution ends well", async () => {
    await pipeline.process("swept.png", anew(red));
    expect(await pipeline.keysIn("staging", pipeline.imageIdOf("swept.png"))).toEqual([]);
  });

  it("of the files of an attempt that failed while it wrote them", async () => {
    const put = { service: "s3", operation: "PutObject", key: "thumbnail.jpeg" };
    pipeline.engine.faults.add({ target: put, kind: "error500", times: 1000 });
    await pipeline.process("half.png", anew(red));
    expect((await pipeline.record("half.png"))?.status).toBe("FAILED");
    expect(await pipeline.filesOf(pipeline.imageIdOf("half.png"))).toEqual([]);
  });

  it("of an image that its owner deletes: of none of its versions, and no pixels", async () => {
    const ann = await apiClientOf(pipeline, "ann@example.org");
    const { body } = await ann.call("POST", "/images", {
      body: new Uint8Array(red),
      headers: { "content-type": "image/png" },
    });
    await pipeline.idle();
    const key = (await pipeline.recordOf(body.imageId))?.original.key ?? "";
    pipeline.engine.faults.add({ target: watermark, kind: "throttle", times: 1000 });
    await pipeline.processAgain(key);
    pipeline.engine.faults.clear();
    expect(await pipeline.keysIn("staging", body.imageId)).not.toEqual([]);
    await pipeline.processAgain(key);
    expect((await ann.call("DELETE", `/images/${body.imageId}`)).status).toBe(204);
    await pipeline.idle();
    expect(await pipeline.filesOf(body.imageId)).toEqual([]);
    expect(await pipeline.keysIn("staging", body.imageId)).toEqual([]);
  });
});

it("variants that come out the same are one file, under all their names", async () => {
  await pipeline.process("small.png", anew(red));
  const { variants = [] } = (await pipeline.record("small.png"))?.published ?? {};
  const named = (name: string) => variants.filter((variant) => variant.name === name);
  expect(named("medium").map(({ key }) => key)).toEqual(named("large").map(({ key }) => key));
  expect(named("thumbnail").map(({ key }) => key)).not.toEqual(named("large").map(({ key }) => key));
  expect(variants).toHaveLength(8);
  expect(await pipeline.filesOf(pipeline.imageIdOf("small.png"))).toHaveLength(4);
});

it("a key that ends in a slash is an image when there is content under it", async () => {
  expect((await pipeline.process("slash/", anew(red))).status).toBe("SUCCEEDED");
  expect(await pipeline.record("slash/")).toMatchObject({ status: "PROCESSED", name: "slash" });
});
