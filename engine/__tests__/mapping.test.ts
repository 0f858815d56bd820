import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import type { BatchDone } from "../events.ts";
import { callJson } from "./endpoint-support.ts";
import { policyOf, REGION, sharedEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

/** Says what it got; a body can ask for its message, or the whole batch, to fail. */
const CONSUMER = `
export function handler(event) {
  console.log(JSON.stringify(event));
  if (event.Records.some(({ body }) => body === "throw")) throw new Error("asked to");
  const failed = event.Records.filter(({ body }) => body.startsWith("fail"));
  if (failed.some(({ body }) => body === "fail badly")) return { batchItemFailures: [{ itemIdentifier: "unknown" }] };
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}`;

const batches: BatchDone[] = [];
const seen: { Records: Record<string, unknown>[] }[] = [];

const engine = await sharedEngine({
  functions: { consumer: { code: CONSUMER, timeout: 5 } },
  resource: {
    aws_s3_bucket: { originals: { bucket: "originals" } },
    aws_s3_bucket_versioning: {
      originals: {
        bucket: "${aws_s3_bucket.originals.id}",
        versioning_configuration: [{ status: "Enabled" }],
      },
    },
    aws_s3_bucket_notification: {
      originals: {
        bucket: "${aws_s3_bucket.originals.id}",
        queue: [{ queue_arn: "${aws_sqs_queue.uploads.arn}", events: ["s3:ObjectCreated:*"] }],
        depends_on: ["aws_sqs_queue_policy.uploads"],
      },
    },
    aws_sqs_queue_policy: {
      uploads: {
        queue_url: "${aws_sqs_queue.uploads.id}",
        policy: policyOf({
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: "${aws_sqs_queue.uploads.arn}",
        }),
      },
    },
    aws_sqs_queue: {
      dead: { name: "dead-letters" },
      uploads: {
        name: "uploads",
        visibility_timeout_seconds: 1,
        redrive_policy: '{"deadLetterTargetArn":"${aws_sqs_queue.dead.arn}","maxReceiveCount":2}',
      },
    },
    aws_lambda_event_source_mapping: {
      uploads: {
        event_source_arn: "${aws_sqs_queue.uploads.arn}",
        function_name: "${aws_lambda_function.consumer.arn}",
        batch_size: 5,
        function_response_types: ["ReportBatchItemFailures"],
        scaling_config: { maximum_concurrency: 2 },
      },
    },
  },
  output: {
    queue: { value: "${aws_sqs_queue.uploads.url}" },
    dead: { value: "${aws_sqs_queue.dead.url}" },
  },
});
engine.events.on("batch", (batch) => batches.push(batch));
engine.events.on("log", ({ line }) => line.startsWith('{"Records"') && seen.push(JSON.parse(line)));

const sendBatch = (bodies: string[]) =>
  callJson(engine.endpoint, "sqs", "AmazonSQS.SendMessageBatch", {
    QueueUrl: engine.outputs.queue,
    Entries: bodies.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody })),
  });
const receivedFrom = async (url: string | undefined) => {
  const { body } = await callJson(engine.endpoint, "sqs", "AmazonSQS.ReceiveMessage", {
    QueueUrl: url,
    WaitTimeSeconds: 10,
  });
  return JSON.stringify(body);
};
const bodiesOf = (kind: "handled" | "failed") =>
  batches.flatMap((batch) => batch[kind].map(({ body }) => body));

test("an upload reaches the function as S3 and SQS tell of it", async () => {
  const { VersionId } = await adminClients(engine).s3.send(
    new PutObjectCommand({ Bucket: "originals", Key: "summer 1/ü+%.jpg", Body: "pixels" }),
  );
  const find = () =>
    seen.flatMap(({ Records }) => Records).find(({ body }) => String(body).includes("summer"));
  await expect.poll(find).toMatchObject({
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:${REGION}:000000000000:uploads`,
    awsRegion: REGION,
    md5OfBody: expect.any(String),
    receiptHandle: expect.any(String),
    // More than once where the first start takes long.
    attributes: { ApproximateReceiveCount: expect.stringMatching(/^\d+$/) },
    messageAttributes: {},
  });
  expect(JSON.parse(String(find()?.body)).Records[0].s3).toMatchObject({
    bucket: { name: "originals" },
    object: { key: "summer+1/%C3%BC%2B%25.jpg", versionId: VersionId },
  });
});

describe("of a batch", () => {
  test("what was dealt with is gone, what failed comes back and then is a dead letter", async () => {
    await sendBatch(["fine", "fail this", "fine too"]);
    await expect.poll(() => bodiesOf("failed").filter((body) => body === "fail this")).toHaveLength(2);
    expect(await receivedFrom(engine.outputs.dead)).toContain("fail this");
    expect(
      bodiesOf("handled")
        .filter((body) => body.startsWith("fine"))
        .sort(),
    ).toEqual(["fine", "fine too"]);
  });

  test("all comes back when the function throws, or names a message that was not in it", async () => {
    await sendBatch(["throw"]);
    await sendBatch(["fail badly"]);
    // Twice, as often as the queue lets them: until then they could be in the batch of another test, and spoil it.
    for (const body of ["throw", "fail badly"])
      await expect.poll(() => bodiesOf("failed").filter((one) => one === body)).toHaveLength(2);
    expect(bodiesOf("handled")).not.toContain("throw");
    expect(bodiesOf("handled")).not.toContain("fail badly");
  });
});

describe("while the service refuses to invoke the function", () => {
  const refusing = (kind: "throttle" | "service-exception", times: number) =>
    engine.faults.add({ target: { service: "lambda", function: "consumer" }, kind, times });

  test.each(["throttle", "service-exception"] as const)("(%s), it is tried again at once", async (kind) => {
    refusing(kind, 3);
    await sendBatch([kind]);
    await expect.poll(() => bodiesOf("handled")).toContain(kind);
    expect(bodiesOf("failed")).not.toContain(kind);
    const record = seen.flatMap(({ Records }) => Records).find(({ body }) => body === kind);
    expect(record?.attributes).toMatchObject({ ApproximateReceiveCount: "1" });
  });

  test("for longer than the messages are out of sight, they come back", async () => {
    refusing("throttle", 1_000_000);
    await sendBatch(["patience"]);
    // At once, before they could be out of sight for a second time.
    engine.events.on("batch", ({ failed }) => {
      if (failed.some(({ body }) => body === "patience")) engine.faults.clear();
    });
    await expect.poll(() => bodiesOf("handled")).toContain("patience");
    const record = seen.flatMap(({ Records }) => Records).find(({ body }) => body === "patience");
    expect(record?.attributes).toMatchObject({ ApproximateReceiveCount: "2" });
  });
});
