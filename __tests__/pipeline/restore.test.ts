import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { PurgeQueueCommand } from "@aws-sdk/client-sqs";
import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { sample } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

let first: Pipeline;
let second: Pipeline;
let ann: ApiClient;
beforeAll(async () => {
  [first, second] = await Promise.all([
    startPipeline(),
    startPipeline({ IMAGE_PIPELINE_ENVIRONMENT: "second" }),
  ]);
  ann = await apiClientOf(second, "ann@example.org");
});
afterAll(() => Promise.all([first?.stop(), second?.stop()]));

/** As docs/runbook.md has it, "Restore into another stack". */
it("table and buckets that are copied into a second stack show every image there, and go on being processed and deleted", async () => {
  const { body } = await ann.call("POST", "/uploads", {
    json: { fileName: "a.png", contentType: "image/png", bytes: 1 },
  });
  const folder = body.filePath.split("/").slice(0, 2).join("/");
  const keys = ["rocket.jpg", "coffee.png", "again.png", "broken.png"].map((name) => `${folder}/${name}`);
  const [rocket = "", coffee = "", again = "", broken = ""] = keys;
  await first.process(rocket, sample("rocket.jpg"), { metadata: { caption: "Lift-off" } });
  await first.process(coffee, sample("coffee.png"));
  await first.process(again, sample("rocket.jpg"));
  await first.process(again, sample("coffee.png"));
  await first.process(broken, sample("coffee.png").subarray(0, 10_000));

  await setDelivery(second, false);
  await copyObjects("original");
  await copyObjects("processed");
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

async function copyObjects(bucket: "original" | "processed"): Promise<void> {
  for (const Key of await first.keysIn(bucket, "")) {
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
  const { Items = [] } = await first.clients.table.send(new ScanCommand({ TableName: first.names.table }));
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
