/** A stack that has nothing to do with the product beside which the engine lives: queue, function, table. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, startEngine } from "../index.ts";
import { CREDENTIALS } from "./endpoint-support.ts";

const source = join(import.meta.dirname, "word-count");
let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "word-count-"));
  await cp(source, folder, { recursive: true });
  const archive = (name: string, files: Record<string, Uint8Array>) =>
    writeFile(join(folder, name), zipSync(files));
  await archive("counter.zip", { "index.mjs": await readFile(join(source, "index.mjs")) });
  await archive("sdk.zip", {
    "nodejs/node_modules/@aws-sdk/client-dynamodb/package.json": strToU8("{}"),
  });
  engine = await startEngine({ stackFile: join(folder, "cdk.tf.json"), port: 0 });
});
afterAll(async () => {
  await engine?.stop();
  await rm(folder, { recursive: true });
});

test("the words of what is sent to the queue are counted in the table", async () => {
  const { endpoint, region, outputs } = engine;
  expect(region).toBe("ap-southeast-2");
  const config = { endpoint, region, credentials: CREDENTIALS };
  const [sqs, dynamodb] = [new SQSClient(config), new DynamoDBClient(config)];
  const done = new Promise((resolve) => engine.events.once("batch", resolve));
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.queue_url, MessageBody: "to be or not to be" }));
  expect(await done).toMatchObject({ functionName: "counter", handled: [{}], failed: [] });
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: outputs.table }));
  const counts = Items.map(({ word, seen }) => [word?.S, Number(seen?.N)]);
  expect(Object.fromEntries(counts)).toEqual({ to: 2, be: 2, or: 1, not: 1 });
  sqs.destroy();
  dynamodb.destroy();
});

test("what its role does not allow is refused there", async () => {
  const giveBack = engine.permissions.withhold({ role: "counter", action: "dynamodb:UpdateItem" });
  const { endpoint, region, outputs } = engine;
  const sqs = new SQSClient({ endpoint, region, credentials: CREDENTIALS });
  const denied = new Promise((resolve) =>
    engine.events.on("call", (call) => call.status === 400 && resolve(call)),
  );
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.queue_url, MessageBody: "denied" }));
  expect(await denied).toMatchObject({
    service: "dynamodb",
    operation: "UpdateItem",
    functionName: "counter",
  });
  giveBack();
  sqs.destroy();
});
