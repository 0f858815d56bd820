import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { PurgeQueueCommand } from "@aws-sdk/client-sqs";
import { PutCommand, paginateScan } from "@aws-sdk/lib-dynamodb";
import { afterAll, expect } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, blue, red } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let first: Pipeline;
let second: Pipeline;
let ann: ApiClient;
/** Where Ann's originals are. Others have images in the first stack, too, and theirs stay there. */
let folder: string;
it.beforeAll(async ({ pipeline }) => {
  first = pipeline;
  second = await startPipeline({ IMAGE_PIPELINE_ENVIRONMENT: "second" });
  ann = await apiClientOf(second, "restored@example.org");
  folder = `users/${ann.userId}/`;
});
afterAll(() => second?.stop());

/** As docs/runbook.md has it, "Restore into another stack". */
it("table and buckets that are copied into a second stack show every image there, and go on being processed and deleted", async () => {
  const keys = ["rocket.png", "coffee.png", "again.png", "broken.png"].map((name) => folder + name);
  const [rocket = "", coffee = "", again = "", broken = ""] = keys;
  await first.process(rocket, anew(red), { metadata: { caption: "Lift-off" } });
  await first.process(coffee, anew(blue));
  await first.process(again, anew(red));
  await first.process(again, anew(blue));
  await first.process(broken, blue.subarray(0, blue.length - 30));

  await setDelivery(second, false);
  await copyObjects("original", folder);
  await copyObjects("processed", `files/${ann.userId}/`);
  await copyRecords();
  await purge(second);
  await setDelivery(second, true);

  await second.idle();
  expect(second.events("started")).toEqual([]);
  const { body: list } = await ann.get("/images?limit=50");
  const shown = new Map<string, { status: string }>(
    list.images.map((image: { imageId: string }) => [image.imageId, image]),
  );
  expect(keys.map((key) => shown.get(second.imageIdOf(key))?.status)).toEqual([
    "PROCESSED",
    "PROCESSED",
    "PROCESSED",
    "REJECTED",
  ]);
  for (const key of [rocket, coffee, again]) {
    const { body: image } = await ann.get(`/images/${second.imageIdOf(key)}`);
    for (const url of [image.original.url, ...image.variants.map((variant: { url: string }) => variant.url)])
      expect((await fetch(url)).status, url).toBe(200);
  }
  expect((await ann.get(`/images/${second.imageIdOf(rocket)}`)).body.caption).toBe("Lift-off");

  await second.processAgain(coffee);
  expect((await second.record(coffee))?.status).toBe("PROCESSED");
  expect(second.timesStarted(coffee)).toEqual([1]);
  expect((await ann.call("DELETE", `/images/${second.imageIdOf(again)}`)).status).toBe(204);
  await second.idle();
  expect(await second.filesOf(second.imageIdOf(again))).toEqual([]);
});

async function copyObjects(bucket: "original" | "processed", prefix: string): Promise<void> {
  for (const Key of await first.keysIn(bucket, prefix)) {
    const { Body, Metadata, ContentType } = await first.clients.s3.send(
      new GetObjectCommand({ Bucket: first.names[bucket], Key }),
    );
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    await second.clients.s3.send(
      new PutObjectCommand({ Bucket: second.names[bucket], Key, Body: bytes, Metadata, ContentType }),
    );
  }
}

async function copyRecords(): Promise<void> {
  const pages = paginateScan(
    { client: first.clients.table },
    {
      TableName: first.names.table,
      FilterExpression: "begins_with(original.#key, :folder)",
      ExpressionAttributeNames: { "#key": "key" },
      ExpressionAttributeValues: { ":folder": folder },
    },
  );
  for await (const { Items = [] } of pages)
    for (const Item of Items)
      await second.clients.table.send(new PutCommand({ TableName: second.names.table, Item }));
}

/** Stops start-execution from taking messages, or lets it. */
async function setDelivery({ engine }: Pipeline, Enabled: boolean): Promise<void> {
  const lambda = new LambdaClient({
    endpoint: engine.endpoint,
    region: engine.region,
    credentials: CREDENTIALS,
  });
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
  for (const { UUID } of EventSourceMappings)
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  lambda.destroy();
}

function purge({ clients, engine }: Pipeline) {
  return clients.sqs.send(new PurgeQueueCommand({ QueueUrl: engine.outputs.queue_url }));
}
