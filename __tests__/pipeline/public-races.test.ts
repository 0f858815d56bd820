/** What else happens to an image while it is made public, or shown anew to all. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, expect } from "vitest";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
let ann: ApiClient;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  ann = await apiClientOf(pipeline, "ann@public-races.example.org");
});
afterEach(() => pipeline.engine.faults.clear());

const keyOf = (name: string) => `users/${ann.userId}/${name}.png`;
const copy = (imageId: string, file = "") => ({
  service: "s3",
  operation: "CopyObject",
  key: `public/${imageId}/${file}`,
});
const list = () => ({ service: "s3", operation: "ListObjectsV2", key: pipeline.names.processed });
const sweep = () => ({ service: "s3", operation: "DeleteObjects", key: pipeline.names.processed });
const CHANGE = { service: "dynamodb", operation: "UpdateItem" };

const copiesOf = (imageId: string) => pipeline.keysIn("processed", `public/${imageId}/`);
const publish = (imageId: string) => ann.call("POST", `/images/${imageId}/publish`);
const takeBack = (imageId: string) => ann.call("DELETE", `/images/${imageId}/publish`);

async function processed(name: string): Promise<string> {
  await pipeline.process(keyOf(name), anew(red));
  return pipeline.imageIdOf(keyOf(name));
}

/** All copies are there that the record points to. */
async function expectShown(imageId: string): Promise<void> {
  const record = await pipeline.recordOf(imageId);
  expect(record?.public?.version).toBe(record?.published?.version);
  const names = new Set(record?.published?.variants.map(({ key }) => key.split("/").at(-1)));
  expect(await copiesOf(imageId)).toEqual(
    [...names].map((name) => `public/${imageId}/${record?.public?.version}/${name}`).sort(),
  );
}

it("nobody sees what is deleted while it is made public", async () => {
  const imageId = await processed("deleted");
  const [first, second] = [pipeline.hold(copy(imageId)), pipeline.hold(copy(imageId))];
  const asked = publish(imageId);
  await Promise.all([first.reached(), second.reached()]);
  const sweeping = pipeline.hold(sweep());
  expect((await ann.call("DELETE", `/images/${imageId}`)).status).toBe(204);
  await sweeping.reached();
  const count = (await copiesOf(imageId)).length;
  first.release();
  await expect.poll(async () => (await copiesOf(imageId)).length).toBe(count + 1);
  sweeping.release();
  await pipeline.idle();
  second.release();
  await asked;
  expect(await pipeline.filesOf(imageId)).toEqual([]);
});

it("nobody sees what could not be made public", async () => {
  const imageId = await processed("not made public");
  const pointing = pipeline.hold(copy(imageId));
  const asked = publish(imageId);
  await pointing.reached();
  pipeline.engine.faults.add({ target: CHANGE, kind: "error500", times: 4 });
  pointing.release();
  expect((await asked).status).toBe(500);
  expect((await pipeline.recordOf(imageId))?.public).toBeUndefined();
  expect(await copiesOf(imageId)).toEqual([]);
});

it("what is made public, taken back and made public again is seen, though the first is slow", async () => {
  const imageId = await processed("again");
  const copying = pipeline.hold(copy(imageId));
  const first = publish(imageId);
  await copying.reached();
  const pointing = pipeline.hold(CHANGE);
  copying.release();
  await pointing.reached();
  const listing = pipeline.hold(list());
  pointing.release();
  await listing.reached();
  expect((await takeBack(imageId)).status).toBe(204);
  const sweeping = pipeline.hold(sweep());
  listing.release();
  await sweeping.reached();
  expect((await publish(imageId)).status).toBe(200);
  sweeping.release();
  await first;
  await expectShown(imageId);
});

it("late news of an original that was deleted takes no copies away that are to be seen just then", async () => {
  const imageId = await processed("late news");
  const key = keyOf("late news");
  expect((await publish(imageId)).status).toBe(200);
  const copying = pipeline.hold(copy(imageId));
  const version = await pipeline.upload(key, anew(blue));
  await copying.reached();
  const pointing = pipeline.hold(CHANGE);
  copying.release();
  await pointing.reached();
  // Something of what was deleted is left.
  const Key = `files/${ann.userId}/${imageId}/0123456789abcdef/large.webp`;
  await pipeline.clients.s3.send(new PutObjectCommand({ Bucket: pipeline.names.processed, Key, Body: red }));
  const sweeping = pipeline.hold(sweep());
  const s3 = { bucket: { name: pipeline.names.original }, object: { key } };
  const Records = [{ eventName: "ObjectRemoved:Delete", eventTime: "2020-01-01T00:00:00.000Z", s3 }];
  await pipeline.sendToQueue(pipeline.engine.outputs.queue_url, JSON.stringify({ Records }));
  await sweeping.reached();
  pointing.release();
  await pipeline.ended(version);
  sweeping.release();
  await pipeline.idle();
  expect(await pipeline.filesOf(imageId)).not.toContain(Key);
  await expectShown(imageId);
});

it("nobody sees what is deleted while it is shown anew, though who shows it is killed", async () => {
  const imageId = await processed("killed");
  expect((await publish(imageId)).status).toBe(200);
  const copying = pipeline.hold(copy(imageId));
  const kill = pipeline.kill("record-metadata");
  const version = await pipeline.upload(keyOf("killed"), anew(blue));
  await copying.reached();
  const sweeping = pipeline.hold(sweep());
  expect((await ann.call("DELETE", `/images/${imageId}`)).status).toBe(204);
  await sweeping.reached();
  const pointing = pipeline.hold(CHANGE);
  copying.release();
  await pointing.reached();
  kill();
  await pipeline.ended(version);
  pointing.release();
  sweeping.release();
  await pipeline.idle();
  expect(await pipeline.filesOf(imageId)).toEqual([]);
});
