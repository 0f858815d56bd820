import { afterAll, beforeAll, expect, it } from "vitest";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const CONCURRENCY = 2;

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ IMAGE_PIPELINE_CONCURRENCY: String(CONCURRENCY) });
});
afterAll(() => pipeline?.stop());

it("no more images are under way than `concurrency` says, and those that wait are processed in their turn", async () => {
  let running = 0;
  let most = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  pipeline.engine.events.on("execution", ({ type }) => {
    if (type === "started") running += 1;
    if (type === "ended") running -= 1;
    most = Math.max(most, running);
    if (running >= CONCURRENCY) release();
  });
  const read = { service: "s3", operation: "GetObject", key: pipeline.names.original };
  pipeline.engine.faults.add({ target: read, kind: "slow", times: 100, until: released });
  const image = await plain(40, 30).png().toBuffer();
  const keys = Array.from({ length: 5 }, (_, index) => `${index}.png`);
  await Promise.all(keys.map((key) => pipeline.upload(key, image)));
  await pipeline.idle();
  const statuses = await Promise.all(keys.map(async (key) => (await pipeline.record(key))?.status));
  expect(statuses).toEqual(keys.map(() => "PROCESSED"));
  // Two functions may look at the same time, and each let one in.
  expect(most).toBeLessThanOrEqual(CONCURRENCY + 1);
  // On a machine so busy that there is no room in time, messages come again after three minutes.
}, 600_000);
