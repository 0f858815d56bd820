/** record-metadata is killed when it has written the record, and something else happens to the image before its retry. */
import { afterEach, describe, expect } from "vitest";
import { putBack } from "../../cli/rollback/put-back.ts";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, red, truncatedJpeg } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "ann@broken-off.example.org");
});
afterEach(() => pipeline.engine.faults.clear());

const MARK = { service: "s3", operation: "PutObjectTagging" };
const TELL = { service: "sns", operation: "Publish" };

const keyOf = (name: string) => `users/${ann.userId}/${name}.png`;

/**
 * Uploads a file, whose outcome is written.
 * @param at the call that record-metadata is killed at.
 * @returns what kills it, waits for its retry, and then lets the call go on.
 */
async function recordedAndKilled(key: string, at: { service: string; operation: string }) {
  const call = pipeline.hold(at);
  const kill = pipeline.kill("record-metadata");
  const version = await pipeline.upload(key, anew(blue));
  await call.reached();
  const retried = async () => {
    kill();
    const execution = await pipeline.ended(version);
    expect(pipeline.retriesOf(execution, "RecordMetadata")).toBe(1);
    call.release();
    return execution;
  };
  return { version, call, retried };
}

/** Does that while the execution that it begins waits for the original. */
async function underWay(key: string, begin: () => Promise<unknown>): Promise<() => Promise<void>> {
  const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
  await begin();
  await reading.reached();
  return async () => {
    reading.release();
    await pipeline.idle();
  };
}

describe("a newer upload", () => {
  const damaged = truncatedJpeg();

  it("leaves to the lifecycle what was replaced before", async () => {
    const key = keyOf("replaced");
    await pipeline.process(key, red);
    const files = fileKeysOf((await pipeline.record(key))?.published);
    // No call to mark one of them comes to S3.
    const { promise: never } = Promise.withResolvers();
    for (const file of files.slice(1))
      pipeline.engine.faults.add({ target: { ...MARK, key: file }, kind: "slow", times: 1, until: never });
    const { retried } = await recordedAndKilled(key, MARK);
    const end = await underWay(key, () => pipeline.upload(key, anew(red)));
    await retried();
    await end();
    for (const file of files) expect(await pipeline.isMarkedReplaced(file)).toBe(true);
  });

  it("keeps nobody from being told of what is shown", async () => {
    const key = keyOf("told");
    const told = await pipeline.subscribeToOutcomes();
    await pipeline.process(key, red);
    const { version, retried } = await recordedAndKilled(key, MARK);
    const end = await underWay(key, () => pipeline.upload(key, damaged));
    const { arn } = await retried();
    await end();
    expect((await pipeline.record(key))?.published?.original.versionId).toBe(version);
    expect((await told(3)).map(({ execution }) => execution)).toContain(arn);
  });

  it("keeps nobody from seeing what its owner sees", async () => {
    const key = keyOf("public");
    const imageId = pipeline.imageIdOf(key);
    await pipeline.process(key, red);
    expect((await ann.call("POST", `/images/${imageId}/publish`)).status).toBe(200);
    const { version, retried } = await recordedAndKilled(key, MARK);
    const end = await underWay(key, () => pipeline.upload(key, damaged));
    await retried();
    await end();
    const record = await pipeline.record(key);
    expect(record?.published?.original.versionId).toBe(version);
    expect(record?.public?.version).toBe(record?.published?.version);
  });
});

it("what is told of a newer upload is told last", async () => {
  const key = keyOf("rejected since");
  const { retried } = await recordedAndKilled(key, TELL);
  await pipeline.process(key, truncatedJpeg());
  await retried();
  const since = new Date(Date.now() - 60_000).toISOString();
  const { body } = await ann.get(`/images/changes?since=${since}`);
  const imageId = pipeline.imageIdOf(key);
  expect(body.changes).toContainEqual(expect.objectContaining({ imageId, status: "REJECTED" }));
});

it("a rollback keeps the files that it shows", async () => {
  const key = keyOf("rolled back");
  await pipeline.process(key, red);
  const { version, call, retried } = await recordedAndKilled(key, MARK);
  const { clients, names } = pipeline;
  const place = { ...clients, tableName: names.table, processedBucket: names.processed };
  expect(await putBack(key, place, false)).toBe("swapped");
  // It marks them, and is killed when it is about to look whether that is right.
  const looking = pipeline.hold({ service: "dynamodb", operation: "GetItem" });
  call.release();
  await looking.reached();
  await retried();
  looking.release();
  const { published, previous } = (await pipeline.record(key)) ?? {};
  expect(previous?.original.versionId).toBe(version);
  for (const file of fileKeysOf(published)) expect(await pipeline.isMarkedReplaced(file)).toBe(false);
});

describe("what is asked for then is done:", () => {
  it("another focus", async () => {
    const key = keyOf("focus");
    const { retried } = await recordedAndKilled(key, TELL);
    const json = { focus: "0.1,0.1", reprocess: true };
    const end = await underWay(key, () => ann.call("PATCH", `/images/${pipeline.imageIdOf(key)}`, { json }));
    await retried();
    await end();
    expect((await pipeline.record(key))?.published?.focus).toEqual({ x: 0.1, y: 0.1 });
  });

  it("another attempt after a failure", async () => {
    const key = keyOf("failed");
    const target = { service: "lambda", function: "resize" } as const;
    pipeline.engine.faults.add({ target, kind: "service-exception", times: 7 });
    const call = pipeline.hold(TELL);
    const kill = pipeline.kill("record-metadata");
    const version = await pipeline.upload(key, anew(red));
    await call.reached();
    expect((await pipeline.record(key))?.status).toBe("FAILED");
    const end = await underWay(key, () => ann.call("POST", `/images/${pipeline.imageIdOf(key)}/reprocess`));
    kill();
    await pipeline.ended(version);
    call.release();
    await end();
    expect((await pipeline.record(key))?.status).toBe("PROCESSED");
  });
});
