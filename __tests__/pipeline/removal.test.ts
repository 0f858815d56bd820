import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { afterEach, describe, expect } from "vitest";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { publishedPrefix, versionOf } from "../../functions/shared/keys.ts";
import { anew, blue, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});
afterEach(() => pipeline.engine.faults.clear());

const Bucket = () => pipeline.names.original;
const remove = (key: string) =>
  pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: Bucket(), Key: key }));

async function isGone(key: string): Promise<boolean> {
  const imageId = pipeline.imageIdOf(key);
  const [record, published, staged] = await Promise.all([
    pipeline.record(key),
    pipeline.filesOf(imageId),
    pipeline.keysIn("staging", imageId),
  ]);
  return record === undefined && published.length + staged.length === 0;
}

/** What the first execution publishes into. */
function folderOf(key: string): string {
  const [execution] = pipeline.executionsOf(key);
  return publishedPrefix({ imageId: pipeline.imageIdOf(key) }, versionOf({ arn: execution?.arn ?? "" }));
}

/** The files that the record names: each once, as variants may share one. */
async function filesNamed(key: string): Promise<string[]> {
  const files = fileKeysOf((await pipeline.record(key))?.published).sort();
  expect(files).not.toEqual([]);
  return files;
}

describe("an original that is deleted", () => {
  it("takes its image with it, of all versions", async () => {
    await pipeline.process("taken along.png", anew(red));
    await pipeline.process("taken along.png", anew(blue));
    expect(await isGone("taken along.png")).toBe(false);
    await remove("taken along.png");
    await pipeline.idle();
    expect(await isGone("taken along.png")).toBe(true);
  });

  it("takes its image with it when it was moved: that is at the other key now", async () => {
    await pipeline.process("from here.png", anew(red), { metadata: { name: "Red" } });
    const before = await pipeline.record("from here.png");
    const CopySource = encodeURI(`${Bucket()}/from here.png`);
    await pipeline.clients.s3.send(
      new CopyObjectCommand({ Bucket: Bucket(), Key: "to/there.png", CopySource }),
    );
    await remove("from here.png");
    await pipeline.idle();
    expect(await isGone("from here.png")).toBe(true);
    expect(await pipeline.record("to/there.png")).toMatchObject({
      status: "PROCESSED",
      name: "Red",
      published: { dominantColour: before?.published?.dominantColour },
    });
  });

  it.each(["staging", "processed"] as const)(
    "while an object is written into %s leaves nothing behind, and nobody is told of it",
    async (bucket) => {
      const key = `deleted at ${bucket}.png`;
      const told = await pipeline.subscribeToOutcomes();
      const target = { service: "s3", operation: "PutObject", key: pipeline.names[bucket] };
      const { release, reached } = pipeline.hold(target);
      const version = await pipeline.upload(key, anew(red));
      await reached();
      await remove(key);
      await expect.poll(() => pipeline.record(key)).toBeUndefined();
      release();
      const execution = await pipeline.ended(version);
      await pipeline.idle();
      expect(execution.status).toBe("SUCCEEDED");
      expect(await isGone(key)).toBe(true);
      await pipeline.process(`after ${key}`, anew(red));
      expect((await told(1)).map(({ original }) => original)).toEqual([
        { bucket: Bucket(), key: `after ${key}` },
      ]);
    },
  );

  it("while one of its files is being written and another one cannot be, leaves neither behind", async () => {
    const key = "deleted while a write fails.png";
    const reading = pipeline.hold({ service: "s3", operation: "GetObject", key: pipeline.names.staging });
    const version = await pipeline.upload(key, anew(red));
    await reading.reached();
    // The pixels are still to be read.
    const sweeping = pipeline.hold({
      service: "s3",
      operation: "DeleteObjects",
      key: pipeline.names.staging,
    });
    await remove(key);
    await sweeping.reached();
    const folder = folderOf(key);
    const write = (file: string) => ({ service: "s3", operation: "PutObject", key: `${folder}${file}` });
    pipeline.engine.faults.add({ target: write("large.jpeg"), kind: "error500", times: 1000 });
    const writing = pipeline.hold(write("large.webp"));
    reading.release();
    await writing.reached();
    // Meanwhile the other write is given up on. (A damaged file never comes to the function that is held up.)
    await pipeline.process("in the meantime.png", red.subarray(0, 60));
    writing.release();
    await pipeline.ended(version);
    sweeping.release();
    await pipeline.idle();
    expect(await isGone(key)).toBe(true);
  });
});

describe("what a function writes on, whose execution was stopped, is taken back", () => {
  /** @returns what lets the function go on to its end. */
  async function stopWhileWriting(key: string): Promise<() => Promise<void>> {
    const held = pipeline.hold({ service: "s3", operation: "PutObject", key: pipeline.names.processed });
    await pipeline.upload(key, anew(red));
    await held.reached();
    const [execution] = pipeline.executionsOf(key);
    await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: execution?.arn }));
    return () => {
      const ended = pipeline.nextReport("watermark");
      held.release();
      return ended;
    };
  }

  it("when its image is deleted, though S3 fails more often than the SDK tries", async () => {
    const key = "stopped and deleted.png";
    const goOn = await stopWhileWriting(key);
    await remove(key);
    await pipeline.idle();
    const target = { service: "s3", operation: "DeleteObjects", key: pipeline.names.processed };
    pipeline.engine.faults.add({ target, kind: "error500", times: 4 });
    await goOn();
    expect(await isGone(key)).toBe(true);
  });

  it("when another version has come", async () => {
    const key = "stopped and replaced.png";
    const goOn = await stopWhileWriting(key);
    await pipeline.process(key, anew(blue));
    await goOn();
    expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual(await filesNamed(key));
  });
});

it("what a killed attempt had written is taken back when another version has come, though the next attempt writes nothing", async () => {
  const key = "killed and replaced.png";
  const { s3 } = pipeline.clients;
  const reading = pipeline.hold({ service: "s3", operation: "GetObject", key: pipeline.names.staging });
  const version = await pipeline.upload(key, anew(red));
  await reading.reached();
  const written = { Bucket: pipeline.names.processed, Key: `${folderOf(key)}large.webp` };
  await s3.send(new PutObjectCommand({ ...written, Body: red }));
  await pipeline.process(key, anew(blue));
  for (const Key of await pipeline.keysIn("staging", pipeline.imageIdOf(key)))
    await s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.staging, Key }));
  reading.release();
  expect((await pipeline.ended(version)).status).toBe("SUCCEEDED");
  expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual(await filesNamed(key));
});

describe("an image stays", () => {
  it("when its original was uploaded again before anybody heard of the deletion", async () => {
    await pipeline.process("again.png", anew(red));
    const { release, reached } = pipeline.hold({ service: "s3", operation: "HeadObject", key: "again.png" });
    await remove("again.png");
    await reached();
    await pipeline.process("again.png", anew(blue));
    release();
    await pipeline.idle();
    const record = await pipeline.record("again.png");
    expect(record).toMatchObject({ status: "PROCESSED", published: { original: { width: 90 } } });
    const files = record?.published?.variants.map(({ key }) => key) ?? [];
    expect(await pipeline.filesOf(pipeline.imageIdOf("again.png"))).toEqual(expect.arrayContaining(files));
  });

  it("without the files of the one before, whose record the API deleted first", async () => {
    await pipeline.process("anew.png", anew(red));
    const { release, reached } = pipeline.hold({ service: "s3", operation: "HeadObject", key: "anew.png" });
    await remove("anew.png");
    await pipeline.forget("anew.png");
    await reached();
    await pipeline.process("anew.png", anew(blue));
    release();
    await pipeline.idle();
    const files = (await pipeline.record("anew.png"))?.published?.variants.map(({ key }) => key) ?? [];
    expect(files).not.toEqual([]);
    const left = await pipeline.filesOf(pipeline.imageIdOf("anew.png"));
    expect(left).toEqual([...new Set(files)].sort());
  });

  it("when an older version of its original is deleted for good", async () => {
    const older = await pipeline.upload("old.png", anew(red));
    await pipeline.ended(older);
    await pipeline.process("old.png", anew(blue));
    await pipeline.clients.s3.send(
      new DeleteObjectCommand({ Bucket: Bucket(), Key: "old.png", VersionId: older }),
    );
    await pipeline.idle();
    expect(await pipeline.record("old.png")).toMatchObject({ status: "PROCESSED" });
  });
});
