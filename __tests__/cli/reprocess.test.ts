import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../cli/client.ts";
import { fewAtATime } from "../../cli/files.ts";
import { CREDENTIALS, REGION, signedFor } from "../../engine/__tests__/endpoint-support.ts";
import { type RunningEngine, runStack } from "../../engine/__tests__/engine-support.ts";
import { begin, endAll, environmentOf, run, runHere } from "./command-support.ts";

const BUCKET = "originals";
const ODD = ["odd/a+b %2F.jpg", "odd/quote's.jpg", "odd/ünï 猫.jpg", "odd/\u0001.jpg"];
const keys = [
  ...Array.from({ length: 35 }, (_, index) => `many/${String(index).padStart(4, "0")}.jpg`),
  ...ODD,
  "one.jpg",
];

let engine: RunningEngine;
let sqs: SQSClient;
let onAws: Record<string, string>;
beforeAll(async () => {
  engine = await runStack({
    resource: {
      aws_s3_bucket: { original: { bucket: BUCKET } },
      aws_sqs_queue: { uploads: { name: "uploads" } },
      aws_dynamodb_table: {
        records: {
          name: "records",
          hash_key: "imageId",
          attribute: ["imageId", "attention", "updatedAt"].map((name) => ({ name, type: "S" })),
          global_secondary_index: [
            {
              name: "byAttention",
              key_schema: [
                { attribute_name: "attention", key_type: "HASH" },
                { attribute_name: "updatedAt", key_type: "RANGE" },
              ],
              projection_type: "ALL",
            },
          ],
        },
      },
    },
    output: {
      original_bucket_name: { value: BUCKET },
      processed_bucket_name: { value: "processed" },
      queue_url: { value: "${aws_sqs_queue.uploads.url}" },
      metadata_table_name: { value: "records" },
    },
  });
  const { endpoint } = engine;
  sqs = new SQSClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  onAws = environmentOf(engine);
  await put("many/", ...keys);
  const { table, close } = connect(engine);
  for (const [key, status] of [
    ["many/0003.jpg", "FAILED"],
    ["one.jpg", "FAILED"],
    ["many/0001.jpg", "PROCESSED"],
  ])
    await table.send(
      new PutCommand({
        TableName: "records",
        Item: { imageId: key, status, attention: `${status}#0`, updatedAt: "2026", original: { key } },
      }),
    );
  close();
});
afterEach(() => endAll());
afterAll(async () => {
  sqs.destroy();
  await engine.stop();
});

async function put(...keys: string[]): Promise<void> {
  // Without the SDK, which takes more time for a thousand of them than the engine.
  await fewAtATime(keys, 20, async (key) => {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const { status } = await fetch(`${engine.endpoint}/${BUCKET}/${path}`, {
      method: "PUT",
      headers: signedFor("s3"),
      body: key.endsWith("/") ? "" : "x",
    });
    expect(status).toBe(200);
  });
}

/** Against the engine. */
const reprocess = (...args: string[]) => runHere("reprocess", ["--endpoint", engine.endpoint, ...args]);
const ofStack = (...args: string[]) => ["--bucket", BUCKET, "--queue-url", ...args];

/** Takes what was sent out of the queue. */
async function sent(): Promise<{ bucket: string; key: string; run: string }[]> {
  const QueueUrl = engine.outputs.queue_url;
  const all: { bucket: string; key: string; run: string }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return all;
    for (const { Body = "" } of Messages) {
      const { reprocess, ...rest } = JSON.parse(Body);
      expect(rest).toEqual({});
      all.push(reprocess);
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

const keysSent = async () => (await sent()).map(({ key }) => key);

describe("wrong usage ends with 2 and a sentence:", () => {
  test.each([
    [[], /^Which images\? Say --key, --prefix or --status, or --all for the whole bucket\.$/],
    [["--all", "--prefix", "many/"], /^--prefix and --all do not go together/],
    [["--prefix", ""], /^--prefix is empty\. --all is the whole bucket\.$/],
    [["--status", "PROCESSED"], /Allowed choices are FAILED, PROCESSING, REJECTED, PENDING/],
    [["--all", "--per-second", "0"], /a number from 1 to 10000/],
    [["--all", "--queue-url", "uploads", "--bucket", BUCKET], /^--queue-url uploads: that is no URL/],
    [["--all", "--queue-url", "http://127.0.0.1:9/q"], /^--queue-url needs --bucket/],
    [
      ["--all", "--queue-url", "http://127.0.0.1:9/q", "--bucket", ""],
      /^Option '--bucket <name>' .+ It is empty\.$/,
    ],
    [["--all", "--bucket", BUCKET], /^--bucket is for a stack on AWS/],
    [["--status", "FAILED", ...ofStack("http://127.0.0.1:9/q")], /^--status needs --table/],
    [["--all", "--endpoint", "nonsense"], /not a URL/],
    [["holidays"], /too many arguments/i],
  ])("npm run reprocess -- %j", async (args, sentence) => {
    const { code, err } = await runHere("reprocess", args);
    expect(err.trimEnd()).toMatch(sentence);
    expect(err.trimEnd()).not.toContain("\n");
    expect(code).toBe(2);
  });
});

test("without an engine it says how to start one", async () => {
  const { code, err } = await runHere("reprocess", ["--all", "--endpoint", "http://127.0.0.1:9"]);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("npm start") });
});

test("--dry-run shows the keys and sends nothing", async () => {
  const { code, out, err } = await reprocess("--prefix", "odd/", "--dry-run");
  expect(out.trimEnd().split("\n").sort()).toEqual(ODD.map((key) => key.replace("\u0001", "\\x01")).sort());
  expect({ code, err }).toEqual({ code: 0, err: "4 images would be processed again.\n" });
  expect(await sent()).toEqual([]);
});

test("--prefix sends each image once, in one run, and no folder", async () => {
  const { code, out, err } = await reprocess("--prefix", "many/", "--per-second", "1000");
  const messages = await sent();
  expect(messages.map(({ key }) => key).sort()).toEqual(keys.filter((key) => key.startsWith("many/")));
  const runs = [...new Set(messages.map(({ run }) => run))];
  expect(runs).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ-[0-9a-f]{4}$/)]);
  expect(new Set(messages.map((message) => message.bucket))).toEqual(new Set([BUCKET]));
  const line = `35 images were sent to be processed again, as the run ${runs[0]}.\n`;
  expect({ code, out, err }).toEqual({ code: 0, out: line, err: "" });
});

test("--key sends those that are there, whatever characters they have, and names the others", async () => {
  const { code, err } = await reprocess(
    "--key",
    ...ODD,
    "--key",
    "many/",
    "on",
    "--key",
    "one.jpg",
    "one.jpg",
  );
  expect((await keysSent()).sort()).toEqual([...ODD, "one.jpg"].sort());
  expect(err).toBe(
    "many/: there is no such image in the bucket.\non: there is no such image in the bucket.\n",
  );
  expect(code).toBe(1);
});

test("--status asks the table", async () => {
  await reprocess("--status", "FAILED");
  expect((await keysSent()).sort()).toEqual(["many/0003.jpg", "one.jpg"]);
  await reprocess("--status", "failed", "--prefix", "many/");
  expect(await keysSent()).toEqual(["many/0003.jpg"]);
  await reprocess("--status", "FAILED", "--start-after", "many/0003.jpg");
  expect(await keysSent()).toEqual(["one.jpg"]);
  expect(await reprocess("--status", "REJECTED")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^0 images/),
  });
});

test("--queue-url and --bucket are for a stack on AWS, with the caller's own credentials", async () => {
  const args = ofStack(engine.outputs.queue_url ?? "", "--prefix", "odd/");
  expect(await run("reprocess", args, onAws)).toMatchObject({ code: 0, err: "" });
  expect((await keysSent()).sort()).toEqual([...ODD].sort());
  const ofTable = ofStack(engine.outputs.queue_url ?? "", "--status", "FAILED", "--table", "records");
  expect(await run("reprocess", ofTable, onAws)).toMatchObject({ code: 0, err: "" });
  expect(await keysSent()).toHaveLength(2);
});

test("--all is the whole bucket, which may go on after a key", async () => {
  await reprocess("--all", "--start-after", "many/0033.jpg");
  expect((await keysSent()).sort()).toEqual(keys.filter((key) => key > "many/0033.jpg").sort());
});

test("more than S3 lists at a time are all sent", async () => {
  const names = Array.from({ length: 1005 }, (_, index) => `z/${index}`);
  await put(...names);
  const { out } = await reprocess("--prefix", "z/", "--per-second", "10000");
  expect(out).toMatch(/^1,?005 images were sent/);
  expect((await keysSent()).sort()).toEqual(names.sort());
});

test("Ctrl-C tells where to go on, and going on sends the rest", async () => {
  const args = ["--endpoint", engine.endpoint, "--prefix", "many/"];
  const { child, written, ended } = begin("reprocess", [...args, "--per-second", "10"]);
  const QueueUrl = engine.outputs.queue_url;
  let first: string[] = [];
  await expect
    .poll(async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      return Messages.length;
    })
    .toBeGreaterThan(0);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  first = await keysSent();
  const [, count, last = ""] =
    /^\nStopped\. (\d+) images were sent .+ Go on with --start-after (\S+)\n$/.exec(written.err) ?? [];
  expect(first).toHaveLength(Number(count));
  expect(first.sort().at(-1)).toBe(last);
  await reprocess("--prefix", "many/", "--start-after", last, "--per-second", "1000");
  expect([...first, ...(await keysSent())].sort()).toEqual(keys.filter((key) => key.startsWith("many/")));
});
