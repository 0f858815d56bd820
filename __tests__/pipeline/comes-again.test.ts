/** A message that comes again ten minutes after its image was marked, and not started. */
import { afterEach, expect } from "vitest";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { anew, plain } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { age, look } from "../fixtures/reconcile.ts";
import { it } from "../fixtures/shared-pipeline.ts";

const LIMIT = { timeout: 30_000 };

let pipeline: Pipeline;
let image: Buffer;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  image = await plain(40, 30).png().toBuffer();
});
afterEach(() => pipeline.engine.faults.clear());

const statusOf = async (key: string) => (await pipeline.record(key))?.status;
const filesOf = (key: string) => pipeline.filesOf(pipeline.imageIdOf(key));

/** @returns what brings the message again. */
async function notStarted(key: string, ask: () => Promise<unknown>): Promise<() => Promise<void>> {
  const giveBack = pipeline.engine.permissions.withhold({
    role: "image-pipeline-dev-start-execution-role",
    action: "states:StartExecution",
  });
  const left = pipeline.nextLeft();
  await ask();
  const messages = await left.finally(giveBack);
  await age(pipeline, key, 11);
  return () => pipeline.deliverAgain(messages);
}

async function givenUp(...how: Parameters<typeof notStarted>): Promise<() => Promise<void>> {
  const deliverAgain = await notStarted(...how);
  await look(pipeline);
  expect(await statusOf(how[0])).toBe("FAILED");
  return deliverAgain;
}

it("has it processed after all", async () => {
  const key = "redriven.png";
  const deliverAgain = await givenUp(key, () => pipeline.upload(key, anew(image)));
  await deliverAgain();
  await expect.poll(() => statusOf(key), LIMIT).toBe("PROCESSED");
  await pipeline.idle();
});

it("also where that was to be done again, of an image without a record", async () => {
  const key = "asked for again.png";
  await pipeline.process(key, anew(image));
  await pipeline.idle();
  await pipeline.forget(key);
  const deliverAgain = await givenUp(key, () => pipeline.askAgain(key));
  await deliverAgain();
  await expect.poll(() => statusOf(key), LIMIT).toBe("PROCESSED");
  await pipeline.idle();
});

it("also if that is done before the record says that it is under way", async () => {
  const key = "redriven, and quick.png";
  const deliverAgain = await givenUp(key, () => pipeline.upload(key, anew(image)));
  const starting = pipeline.hold({ service: "states", operation: "StartExecution" });
  await deliverAgain();
  await starting.reached();
  const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
  const marking = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
  const ended = pipeline.nextHas("ended");
  starting.release();
  await marking.reached();
  reading.release();
  await ended;
  expect(await statusOf(key)).toBe("PROCESSED");
  marking.release();
  await pipeline.idle();
  expect(await statusOf(key)).toBe("PROCESSED");
  expect(await filesOf(key)).not.toEqual([]);
});

it("leaves it its files, though they are looked for just then, to be deleted", async () => {
  const key = "found again.png";
  const deliverAgain = await notStarted(key, () => pipeline.upload(key, anew(image)));
  const { processed } = pipeline.names;
  const listing = pipeline.hold({ service: "s3", operation: "ListObjectsV2", key: processed });
  const looked = look(pipeline);
  await listing.reached();
  expect(await statusOf(key)).toBe("FAILED");
  const writing = pipeline.hold({ service: "s3", operation: "PutObject", key: "large.webp" });
  await deliverAgain();
  await writing.reached();
  const recording = pipeline.hold({ service: "dynamodb", operation: "UpdateItem" });
  writing.release();
  await recording.reached();
  listing.release();
  await looked;
  recording.release();
  await expect.poll(() => statusOf(key), LIMIT).toBe("PROCESSED");
  expect(await filesOf(key)).toEqual(fileKeysOf((await pipeline.record(key))?.published).sort());
});
