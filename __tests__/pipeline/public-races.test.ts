/** What else happens to an image while it is made public, or shown anew to all. */
import { afterEach, expect } from "vitest";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, red } from "../fixtures/images.ts";
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
const sweep = () => ({ service: "s3", operation: "DeleteObjects", key: pipeline.names.processed });
const CHANGE = { service: "dynamodb", operation: "UpdateItem" };

const copiesOf = (imageId: string) => pipeline.keysIn("processed", `public/${imageId}/`);
const publish = (imageId: string) => ann.call("POST", `/images/${imageId}/publish`);

async function processed(name: string): Promise<string> {
  await pipeline.process(keyOf(name), anew(red));
  return pipeline.imageIdOf(keyOf(name));
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
