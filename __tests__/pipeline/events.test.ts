/** What EventBridge hears of images: the rule of docs/events.md, with a queue in the place of a webhook. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startEngine } from "stack-engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { Pipeline } from "../fixtures/pipeline.ts";
import { synthesize } from "../fixtures/stack.ts";

const SOURCE = "image-pipeline-dev";
const docs = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
const jsonIn = (heading: string) => {
  const text = new RegExp(`## ${heading}[^]*?\`\`\`json\n([^]*?)\n\`\`\``).exec(docs)?.[1];
  return JSON.parse(text ?? "");
};

let pipeline: Pipeline;
let sqs: SQSClient;
beforeAll(async () => {
  const { file, json } = synthesize();
  const rule = "${aws_cloudwatch_event_rule.images.arn}";
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "${aws_sqs_queue.heard.arn}",
        Condition: { ArnEquals: { "aws:SourceArn": rule } },
      },
    ],
  };
  const { aws_sqs_queue, aws_sqs_queue_policy, aws_cloudwatch_event_rule, aws_cloudwatch_event_target } =
    json.resource;
  const resource = {
    ...json.resource,
    aws_sqs_queue: { ...aws_sqs_queue, heard: { name: "heard" } },
    aws_sqs_queue_policy: {
      ...aws_sqs_queue_policy,
      heard: { queue_url: "${aws_sqs_queue.heard.url}", policy: JSON.stringify(policy) },
    },
    aws_cloudwatch_event_rule: {
      ...aws_cloudwatch_event_rule,
      images: { name: "images", event_pattern: JSON.stringify(jsonIn("A rule")) },
    },
    aws_cloudwatch_event_target: {
      ...aws_cloudwatch_event_target,
      images: { rule: "${aws_cloudwatch_event_rule.images.name}", arn: "${aws_sqs_queue.heard.arn}" },
    },
  };
  const output = { ...json.output, heard_url: { value: "${aws_sqs_queue.heard.url}" } };
  // Archives are named by their paths from the stack's folder.
  const absolute = JSON.stringify({ ...json, resource, output }).replaceAll(
    '"assets/',
    `"${dirname(file)}/assets/`,
  );
  const stackFile = join(mkdtempSync(join(tmpdir(), "events-")), "cdk.tf.json");
  writeFileSync(stackFile, absolute);
  const engine = await startEngine({ stackFile, port: 0, retryScale: 0 });
  pipeline = new Pipeline(engine);
  sqs = new SQSClient({ endpoint: engine.endpoint, region: engine.region, credentials: CREDENTIALS });
});
afterAll(async () => {
  sqs?.destroy();
  await pipeline?.stop();
});

/** The next event about an image. */
async function heardOf(imageId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: pipeline.engine.outputs.heard_url,
        MaxNumberOfMessages: 1,
        WaitTimeSeconds: 5,
        // Looked at once, and by one.
        VisibilityTimeout: 600,
      }),
    );
    for (const { Body = "" } of Messages) {
      const event = JSON.parse(Body);
      if (event.detail.imageId === imageId) return event;
    }
  }
}

it("an image that is processed, and then deleted in the bucket", async () => {
  const file = await plain(40, 30).png().toBuffer();
  const execution = await pipeline.process("heard.png", file);
  const imageId = pipeline.imageIdOf("heard.png");
  const published = await pipeline.filesOf(imageId);
  const processed = await heardOf(imageId);
  expect(processed).toMatchObject({
    source: SOURCE,
    "detail-type": "Image Processed",
    detail: {
      schemaVersion: 1,
      status: "PROCESSED",
      name: "heard.png",
      original: { bucket: pipeline.names.original, key: "heard.png" },
      execution: execution.arn,
    },
  });
  const { variants } = processed.detail as { variants: string[] };
  expect(variants.toSorted()).toEqual(published.toSorted());
  // What the page shows has the fields that there are.
  expect(shapeOf(processed.detail)).toEqual(shapeOf({ ...jsonIn("An event").detail, owner: undefined }));

  await pipeline.clients.s3.send(
    new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: "heard.png" }),
  );
  expect(await heardOf(imageId)).toMatchObject({
    source: SOURCE,
    "detail-type": "Image Deleted",
    detail: { schemaVersion: 1, status: "DELETED", original: { key: "heard.png" } },
  });
});

it("a file that is rejected, with the reason", async () => {
  await pipeline.process("heard.txt", Buffer.from("Dear diary,\n"));
  expect(await heardOf(pipeline.imageIdOf("heard.txt"))).toMatchObject({
    "detail-type": "Image Rejected",
    detail: { status: "REJECTED", rejection: { code: "UNSUPPORTED_TYPE" } },
  });
});

it("an image that could not be processed, with the error", async () => {
  const resize = { service: "lambda", function: "resize" } as const;
  pipeline.engine.faults.add({ target: resize, kind: "timeout", times: 10 });
  await pipeline.process("failed.png", await plain(41, 30).png().toBuffer());
  pipeline.engine.faults.clear();
  expect(await heardOf(pipeline.imageIdOf("failed.png"))).toMatchObject({
    "detail-type": "Image Failed",
    detail: { status: "FAILED", error: { name: expect.any(String) } },
  });
});

it("an image that its owner deletes, with the owner", async () => {
  const ann = await apiClientOf(pipeline, "ann@example.org");
  const { body } = await ann.call("POST", "/images", {
    body: new Uint8Array(await plain(42, 30).png().toBuffer()),
    headers: { "content-type": "image/png" },
  });
  const { imageId } = body;
  const processed = await heardOf(imageId);
  expect(processed).toMatchObject({ detail: { status: "PROCESSED", owner: expect.stringMatching(/./) } });
  await ann.call("DELETE", `/images/${imageId}`);
  const { owner } = (processed as { detail: { owner: string } }).detail;
  expect(await heardOf(imageId)).toMatchObject({ detail: { status: "DELETED", owner } });
});

/** Names of the fields, without those that have no value. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, shapeOf(inner)]),
  );
}
