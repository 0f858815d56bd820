/** A rejected original is left to the lifecycle by a mark. It comes when the record is written, or later. */
import { afterEach, expect } from "vitest";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "ann@marks.example.org");
});
afterEach(() => pipeline.engine.faults.clear());

const statusOf = async (key: string) => (await pipeline.record(key))?.status;

/** @returns an image that is recorded as rejected, whose original is about to be marked. */
async function rejected(name: string) {
  const key = `users/${ann.userId}/${name}.png`;
  const path = `/images/${pipeline.imageIdOf(key)}`;
  const marking = pipeline.hold({ service: "s3", operation: "PutObjectTagging", key });
  const file = await plain(20, 20).png().toBuffer();
  const version = await pipeline.upload(key, file, { metadata: { focus: "nonsense" } });
  await marking.reached();
  expect(await statusOf(key)).toBe("REJECTED");
  const marked = async () => {
    marking.release();
    await pipeline.ended(version);
  };
  return { key, path, marked };
}

async function expectPublishedAndKept(key: string): Promise<void> {
  await expect.poll(() => statusOf(key)).toBe("PROCESSED");
  await pipeline.idle();
  expect(await pipeline.isMarkedRejected(key)).toBe(false);
}

const accepted = { focus: "0.5,0.5" };

it("comes when the image has been processed again", async () => {
  const { key, path, marked } = await rejected("late");
  await ann.call("PATCH", path, { json: { ...accepted, reprocess: true } });
  await expect.poll(() => statusOf(key)).toBe("PROCESSED");
  await marked();
  await expectPublishedAndKept(key);
});

it("comes when its owner has just asked for that", async () => {
  const { key, path, marked } = await rejected("between");
  const unmarking = pipeline.hold({ service: "s3", operation: "DeleteObjectTagging", key });
  const asked = ann.call("PATCH", path, { json: { ...accepted, reprocess: true } });
  await unmarking.reached();
  const writing = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
  unmarking.release();
  await writing.reached();
  await marked();
  writing.release();
  expect((await asked).status).toBe(202);
  await expectPublishedAndKept(key);
});

it("comes when an operator has just asked for that", async () => {
  const { key, path, marked } = await rejected("started");
  expect((await ann.call("PATCH", path, { json: accepted })).status).toBe(200);
  const starting = pipeline.hold({ service: "states", operation: "StartExecution" });
  await pipeline.askAgain(key);
  await starting.reached();
  await marked();
  starting.release();
  await expectPublishedAndKept(key);
});

it("comes when it is rejected again, and stays", async () => {
  const { key, path, marked } = await rejected("twice");
  const next = pipeline.nextHas("ended");
  await ann.call("POST", `${path}/reprocess`);
  await next;
  expect((await pipeline.record(key))?.lastAttempt?.execution.name).toMatch(/^reprocess-/);
  await marked();
  await pipeline.idle();
  expect(await statusOf(key)).toBe("REJECTED");
  expect(await pipeline.isMarkedRejected(key)).toBe(true);
});
