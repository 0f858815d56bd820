import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const CONCURRENCY = 3;
const OF_ONE_OWNER = 2;
const NO_ROOM = "There is no room yet; the message goes back and waits";

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({
    IMAGE_PIPELINE_CONCURRENCY: String(CONCURRENCY),
    IMAGE_PIPELINE_QUOTAS: JSON.stringify({
      imagesPerDay: 100,
      bytesStored: 1e9,
      changesPerDay: 100,
      imagesInFlight: OF_ONE_OWNER,
    }),
  });
});
afterAll(() => pipeline?.stop());

/** Uploads these one after the other; whatever begins stays with its first step until all are there. */
async function upload(images: { owner: string; expected: "begins" | "waits" }[]): Promise<unknown[]> {
  const { engine, names } = pipeline;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const read = { service: "s3", operation: "GetObject", key: names.original };
  engine.faults.add({ target: read, kind: "slow", times: 100, until: released });
  const file = await plain(40, 30).png().toBuffer();
  const startedBefore = pipeline.events("started").length;
  const keys: string[] = [];
  for (const { owner, expected } of images) {
    const key = `users/${owner}/${randomUUID()}.png`;
    keys.push(key);
    // Two functions that look at the same time may each let one in.
    const settled = expected === "begins" ? pipeline.nextStart() : pipeline.nextLogs(NO_ROOM, 1);
    await pipeline.upload(key, file);
    await settled;
  }
  const begun = images.filter(({ expected }) => expected === "begins").length;
  expect(pipeline.events("started").length - startedBefore).toBe(begun);
  release();
  await pipeline.idle();
  const records = await Promise.all(keys.map((key) => pipeline.record(key)));
  return records.map((record) => record?.status);
}

it("no more images are under way than `concurrency` says; the others wait in the queue, and are processed in their turn", async () => {
  const statuses = await upload([
    { owner: "ünal", expected: "begins" },
    { owner: "bob", expected: "begins" },
    { owner: "bob", expected: "begins" },
    { owner: "ünal", expected: "waits" },
    { owner: "cleo", expected: "waits" },
  ]);
  expect(statuses).toEqual(statuses.map(() => "PROCESSED"));
});

it("no more images of one owner are under way than `imagesInFlight` says, and nobody else waits for them", async () => {
  const statuses = await upload([
    { owner: "dan", expected: "begins" },
    { owner: "dan", expected: "begins" },
    { owner: "dan", expected: "waits" },
    { owner: "dan", expected: "waits" },
    { owner: "eve", expected: "begins" },
  ]);
  expect(statuses).toEqual(statuses.map(() => "PROCESSED"));
});
