import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect } from "vitest";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

/** What else happens to an image while it is processed again. */
let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});
afterEach(() => pipeline.engine.faults.clear());

/** The change of a record with which `start-execution` marks an image, after it has looked at it. */
const MARK = { service: "dynamodb", operation: "UpdateItem" };

describe("an object that is deleted", () => {
  const deadLetters = () => pipeline.messagesIn(pipeline.engine.outputs.dead_letter_queue_url);
  const remove = (Key: string) =>
    pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key }));

  it("is not processed, and gets no record", async () => {
    await pipeline.process("gone.png", red);
    await remove("gone.png");
    const letters = await deadLetters();
    await pipeline.processAgain("gone.png");
    await pipeline.processAgain("never.png");
    expect(pipeline.timesStarted("gone.png", "never.png")).toEqual([1, 0]);
    expect(await pipeline.record("gone.png")).toBeUndefined();
    expect(await pipeline.record("never.png")).toBeUndefined();
    expect(await deadLetters()).toBe(letters);
  });

  it("just before its record is made, gets none", async () => {
    await pipeline.process("going.png", red);
    await pipeline.forget("going.png");
    const mark = pipeline.hold(MARK);
    await pipeline.askAgain("going.png");
    await mark.reached();
    await remove("going.png");
    mark.release();
    await pipeline.idle();
    expect(pipeline.timesStarted("going.png")).toEqual([1]);
    expect(await pipeline.record("going.png")).toBeUndefined();
  });

  it("by its owner while it is processed again does not come back", async () => {
    const ann = await apiClientOf(pipeline, "ann@example.org");
    const headers = { "content-type": "image/png" };
    const { body } = await ann.call("POST", "/images", { body: new Uint8Array(red), headers });
    await pipeline.idle();
    const { original } = (await pipeline.recordOf(body.imageId)) ?? {};
    const read = pipeline.hold({ service: "s3", operation: "GetObject", key: original?.key ?? "" });
    await pipeline.askAgain(original?.key ?? "");
    await read.reached();
    expect((await ann.call("DELETE", `/images/${body.imageId}`)).status).toBe(204);
    read.release();
    await pipeline.idle();
    expect(await pipeline.recordOf(body.imageId)).toBeUndefined();
    expect(await pipeline.filesOf(body.imageId)).toEqual([]);
  });
});

describe("a newer upload wins,", () => {
  it("when it comes while the older version is processed again", async () => {
    await pipeline.process("newer.png", red);
    const read = pipeline.hold({ service: "s3", operation: "GetObject", key: "newer.png" });
    await pipeline.askAgain("newer.png");
    await read.reached();
    await pipeline.process("newer.png", blue);
    const record = await pipeline.record("newer.png");
    expect(record).toMatchObject({ status: "PROCESSED", published: { original: { width: 90 } } });
    expect(pipeline.executionsOf("newer.png").map(({ status }) => status)).toEqual([
      "SUCCEEDED",
      "RUNNING",
      "SUCCEEDED",
    ]);
    read.release();
    await pipeline.idle();
    expect(await pipeline.record("newer.png")).toEqual(record);
    for (const { key, bytes } of record?.published?.variants ?? [])
      expect((await pipeline.published(key)).length).toBe(bytes);
  });

  it("when it comes just before the older version is marked", async () => {
    await pipeline.process("just.png", red);
    const mark = pipeline.hold(MARK);
    await pipeline.askAgain("just.png");
    await mark.reached();
    const version = await pipeline.upload("just.png", blue);
    await pipeline.ended(version);
    mark.release();
    await pipeline.idle();
    expect(pipeline.timesStarted("just.png")).toEqual([3]);
    expect(await pipeline.record("just.png")).toMatchObject({
      status: "PROCESSED",
      published: { original: { versionId: version, width: 90 } },
    });
  });

  it("when it comes just before a record of the older version is made, which is not processed then", async () => {
    const older = await pipeline.upload("made.png", red);
    await pipeline.ended(older);
    await pipeline.forget("made.png");
    const mark = pipeline.hold(MARK);
    await pipeline.askAgain("made.png");
    await mark.reached();
    const newer = await pipeline.upload("made.png", blue);
    await pipeline.ended(newer);
    mark.release();
    await pipeline.idle();
    const versions = pipeline.executionsOf("made.png").map(({ input }) => JSON.parse(input).image.versionId);
    expect(versions).toEqual([older, newer, newer]);
    expect(await pipeline.record("made.png")).toMatchObject({
      status: "PROCESSED",
      published: { original: { width: 90 } },
    });
  });
});

it("an older version that was brought back wins against the one that is recorded, and the next upload against it", async () => {
  await pipeline.process("back.png", red);
  const VersionId = await pipeline.upload("back.png", blue);
  await pipeline.ended(VersionId);
  const newer = await pipeline.record("back.png");
  await pipeline.clients.s3.send(
    new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: "back.png", VersionId }),
  );
  await pipeline.processAgain("back.png");
  const back = await pipeline.record("back.png");
  expect(back).toMatchObject({ status: "PROCESSED", published: { original: { width: 60 } } });
  expect((back?.published?.sequencer ?? "") > (newer?.published?.sequencer ?? "")).toBe(true);
  for (const { key, bytes } of back?.published?.variants ?? [])
    expect((await pipeline.published(key)).length).toBe(bytes);
  await pipeline.process("back.png", blue);
  expect(await pipeline.record("back.png")).toMatchObject({
    status: "PROCESSED",
    published: { original: { width: 90 } },
  });
});

describe("an attempt that another one of the same version overtakes", () => {
  /** @returns what lets the first come to its last step, and then the other one to its end. */
  async function overtaken(key: string): Promise<() => Promise<void>> {
    const writing = pipeline.hold(MARK);
    const kill = pipeline.kill("record-metadata");
    await writing.reached();
    const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
    await pipeline.askAgain(key);
    await reading.reached();
    const [first, other] = pipeline.executionsOf(key).slice(-2);
    await expect
      .poll(async () => (await pipeline.record(key))?.lastAttempt?.execution.name)
      .toBe(other?.name);
    kill();
    return async () => {
      await expect.poll(() => first?.status).not.toBe("RUNNING");
      writing.release();
      reading.release();
      await pipeline.idle();
      const record = await pipeline.record(key);
      expect(record).toMatchObject({
        status: "PROCESSED",
        lastAttempt: { execution: { name: other?.name } },
      });
      expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual(
        expect.arrayContaining(fileKeysOf(record?.published)),
      );
    };
  }

  it("publishes nothing", async () => {
    await pipeline.process("late.png", red);
    const reading = pipeline.hold({ service: "s3", operation: "GetObject", key: pipeline.names.staging });
    await pipeline.upload("late.png", anew(blue));
    await reading.reached();
    reading.release();
    const end = await overtaken("late.png");
    await end();
  });

  it("publishes nothing whose files a try that was given up has taken back", async () => {
    await pipeline.process("given up.png", red);
    const watermark = { service: "lambda", function: "watermark" } as const;
    const written = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
    pipeline.engine.faults.add({ target: watermark, kind: "disconnect", until: written.reached(), times: 1 });
    await pipeline.upload("given up.png", anew(blue));
    await written.reached();
    const end = await overtaken("given up.png");
    const late = pipeline.nextReport("watermark");
    written.release();
    await late;
    await end();
  });
});

describe("an attempt that began later is recorded, though", () => {
  it("the one before is stopped when it is at its last step", async () => {
    const key = "stopped first.png";
    const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
    await pipeline.upload(key, anew(red));
    await reading.reached();
    const [first] = pipeline.executionsOf(key);
    const marking = pipeline.hold(MARK);
    await pipeline.askAgain(key);
    await marking.reached();
    const recording = pipeline.hold(MARK);
    await recording.reached();
    await pipeline.clients.states.send(new StopExecutionCommand({ executionArn: first?.arn }));
    await expect.poll(async () => (await pipeline.record(key))?.status).toBe("FAILED");
    for (const { release } of [marking, recording, reading]) release();
    await pipeline.idle();
    expect((await pipeline.record(key))?.status).toBe("PROCESSED");
  });

  it("nobody hears that it was marked: its owner asks again", async () => {
    const ann = await apiClientOf(pipeline, "ann@unmarked.example.org");
    const key = `users/${ann.userId}/unmarked.png`;
    const ask = async () => (await ann.call("POST", `/images/${pipeline.imageIdOf(key)}/reprocess`)).status;
    await pipeline.process(key, anew(red));
    // The first change is of what she has used.
    const breakOff = ({ operation }: { operation: string }) => {
      if (operation !== MARK.operation) return;
      pipeline.engine.events.off("call", breakOff);
      pipeline.engine.faults.add({ target: MARK, kind: "disconnect", times: 4 });
    };
    pipeline.engine.events.on("call", breakOff);
    expect(await ask()).toBe(500);
    pipeline.engine.faults.clear();
    expect((await pipeline.record(key))?.status).toBe("PROCESSED");
    expect(await ask()).toBe(202);
    await pipeline.idle();
    expect((await pipeline.record(key))?.lastAttempt?.execution.name).toMatch(/^reprocess-/);
  });
});

describe("an image that is processed again keeps all files, though an older version of its original goes then,", () => {
  /** @param meanwhile what happens before the record says that it is processed again. */
  async function processedAgain(key: string, meanwhile: (goOn: () => void) => Promise<void>): Promise<void> {
    const first = await pipeline.upload(key, anew(red));
    await pipeline.ended(first);
    await pipeline.process(key, anew(blue));
    const marking = pipeline.hold(MARK);
    const writing = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
    await pipeline.askAgain(key);
    await marking.reached();
    await meanwhile(marking.release);
    await writing.reached();
    const files = () => pipeline.filesOf(pipeline.imageIdOf(key));
    // Of all that are written together, it lacks only that one.
    await expect.poll(async () => (await files()).length).toBe(11);
    const looked = pipeline.nextLogs("There is an object under this key: the image stays", 1);
    await pipeline.clients.s3.send(
      new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key, VersionId: first }),
    );
    await looked;
    const ended = pipeline.nextHas("ended");
    writing.release();
    await ended;
    marking.release();
    await pipeline.idle();
    const record = await pipeline.record(key);
    expect(record).toMatchObject({
      status: "PROCESSED",
      lastAttempt: { execution: { name: pipeline.executionsOf(key).at(-1)?.name } },
    });
    expect(await files()).toEqual(expect.arrayContaining(fileKeysOf(record?.published)));
  }

  it("and though it is edited", async () => {
    const key = "edited.png";
    await processedAgain(key, async (goOn) => {
      await pipeline.clients.table.send(
        new UpdateCommand({
          TableName: pipeline.names.table,
          Key: { imageId: pipeline.imageIdOf(key) },
          UpdateExpression: "SET updatedAt = :now, editedCaption = :caption",
          ExpressionAttributeValues: { ":now": new Date().toISOString(), ":caption": "New" },
        }),
      );
      goOn();
    });
  });

  it("and though its record says that only later", () => processedAgain("told late.png", async () => {}));
});

it("an image is shown as it was processed again, though the attempt before was recorded just before that was marked", async () => {
  const key = "recorded between.png";
  const writing = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
  const version = await pipeline.upload(key, anew(blue));
  await writing.reached();
  const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
  const marking = pipeline.hold(MARK);
  await pipeline.askAgain(key);
  // Also of the execution that has begun.
  await marking.reached();
  await reading.reached();
  writing.release();
  await pipeline.ended(version);
  expect((await pipeline.record(key))?.status).toBe("PROCESSED");
  marking.release();
  reading.release();
  await pipeline.idle();
  const [, again] = pipeline.executionsOf(key);
  const record = await pipeline.record(key);
  expect(record?.lastAttempt?.execution.name).toBe(again?.name);
  expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual(
    expect.arrayContaining(fileKeysOf(record?.published)),
  );
});
