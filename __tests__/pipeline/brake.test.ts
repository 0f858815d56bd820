import { afterAll, beforeAll, expect, it } from "vitest";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const CONCURRENCY = 2;
const WAITING = 2;

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ IMAGE_PIPELINE_CONCURRENCY: String(CONCURRENCY) });
});
afterAll(() => pipeline?.stop());

it("no more images are under way than `concurrency` says; the others wait in the queue, and are processed in their turn", async () => {
  const { engine, names } = pipeline;
  // What begins stays with its first step.
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const read = { service: "s3", operation: "GetObject", key: names.original };
  engine.faults.add({ target: read, kind: "slow", times: 100, until: released });
  const image = await plain(40, 30).png().toBuffer();
  const keys = Array.from({ length: CONCURRENCY + WAITING }, (_, index) => `users/ünal/${index}.png`);
  for (const key of keys.slice(0, CONCURRENCY)) {
    // Two functions that look at the same time may each let one in.
    const started = pipeline.nextStart();
    await pipeline.upload(key, image);
    await started;
  }
  const waiting = pipeline.nextLogs("There is no room yet; the message goes back and waits", WAITING);
  for (const key of keys.slice(CONCURRENCY)) await pipeline.upload(key, image);
  await waiting;
  expect(pipeline.events("started")).toHaveLength(CONCURRENCY);
  release();
  await pipeline.idle();
  const statuses = await Promise.all(keys.map(async (key) => (await pipeline.record(key))?.status));
  expect(statuses).toEqual(keys.map(() => "PROCESSED"));
  expect(pipeline.events("started")).toHaveLength(keys.length);
});
