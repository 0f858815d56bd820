import { describe, expect, test } from "vitest";
import { type Fixture, REGION, roleOf, runStack, temporaryEngine } from "./engine-support.ts";

const queue = (settings: object = {}) => ({ aws_sqs_queue: { uploads: { name: "uploads", ...settings } } });

async function outputsOf(fixture: Fixture) {
  const engine = await temporaryEngine(fixture);
  return engine.outputs;
}

describe("references", () => {
  test("become what they refer to, alone, inside of texts and inside of JSON in a text", async () => {
    const outputs = await outputsOf({
      resource: {
        aws_sqs_queue: {
          "dead-letters": { name: "dead" },
          uploads: {
            name: "uploads",
            redrive_policy: '{"deadLetterTargetArn":"${aws_sqs_queue.dead-letters.arn}","maxReceiveCount":5}',
          },
        },
      },
      data: { aws_caller_identity: { me: {} } },
      output: {
        arn: { value: "${aws_sqs_queue.uploads.arn}" },
        sentence: { value: "of ${data.aws_caller_identity.me.account_id}" },
      },
    });
    expect(outputs.arn).toBe(`arn:aws:sqs:${REGION}:000000000000:uploads`);
    expect(outputs.sentence).toBe("of 000000000000");
  });

  test("are followed whatever order the file has them in", async () => {
    const outputs = await outputsOf({
      resource: {
        aws_s3_bucket_versioning: {
          first: { bucket: "${aws_s3_bucket.last.id}", versioning_configuration: { status: "Enabled" } },
        },
        aws_s3_bucket: { last: { bucket_prefix: "photos-" } },
      },
      output: { name: { value: "${aws_s3_bucket.last.bucket}" } },
    });
    expect(outputs.name).toBe("photos-local");
  });

  test("that are escaped stay as text", async () => {
    const outputs = await outputsOf({ output: { text: { value: "$${aws:username} and $${more}" } } });
    expect(outputs.text).toBe("${aws:username} and ${more}");
  });

  test("reach arguments of the block and the attributes of left-out ones", async () => {
    const outputs = await outputsOf({
      resource: {
        aws_iam_role: { r: roleOf("reader", "lambda.amazonaws.com") },
        aws_kms_key: { k: { description: "a key" } },
      },
      output: {
        role: { value: "${aws_iam_role.r.arn}" },
        description: { value: "${aws_kms_key.k.description}" },
      },
    });
    expect(outputs).toEqual({ role: "arn:aws:iam::000000000000:role/reader", description: "a key" });
  });
});

test.each<[string, Fixture, RegExp]>([
  [
    "nobody has decided about a type of resource",
    { resource: { aws_glue_job: { etl: {} } } },
    /aws_glue_job\.etl.*neither emulates aws_glue_job/,
  ],
  [
    "that type has the name of something every object has",
    { resource: { constructor: { x: {} } } },
    /neither emulates constructor/,
  ],
  [
    "a reference leads nowhere",
    { resource: queue({ redrive_policy: "${aws_sqs_queue.gone.arn}" }) },
    /aws_sqs_queue\.gone, which is not in the stack/,
  ],
  [
    "a reference asks for an attribute that is not there",
    { resource: queue(), output: { x: { value: "${aws_sqs_queue.uploads.colour}" } } },
    /output x refers.*has no colour/,
  ],
  [
    "an expression is more than a reference",
    { output: { x: { value: '${join(",", ["a"])}' } } },
    /plain references only/,
  ],
  [
    "references go in a circle",
    {
      resource: {
        aws_sqs_queue: {
          a: { name: "a", redrive_policy: "${aws_sqs_queue.b.arn}" },
          b: { name: "b", depends_on: ["aws_sqs_queue.a"] },
        },
      },
    },
    /circle: aws_sqs_queue\.a → aws_sqs_queue\.b → aws_sqs_queue\.a/,
  ],
  ["a block is repeated by count", { resource: queue({ count: 2 }) }, /aws_sqs_queue\.uploads uses count/],
  [
    "an argument is missing",
    { resource: { aws_dynamodb_table: { t: { name: "t" } } } },
    /aws_dynamodb_table\.t cannot be applied.*hash_key/s,
  ],
  [
    "a text is to be JSON, and is not",
    { resource: queue({ redrive_policy: "{" }) },
    /aws_sqs_queue\.uploads cannot be applied: .*is not JSON/,
  ],
  [
    "a bucket should tell someone other than a queue",
    { resource: { aws_s3_bucket_notification: { n: { bucket: "b", topic: [{ topic_arn: "t" }] } } } },
    /only queues can be notified/,
  ],
  [
    "concurrency is reserved",
    { resource: { aws_lambda_function: { f: { reserved_concurrent_executions: 1 } } } },
    /concurrency is not reserved/,
  ],
  [
    "a batch is to wait until it is full",
    {
      resource: { aws_lambda_event_source_mapping: { m: { maximum_batching_window_in_seconds: 5 } } },
    },
    /no batch waits/,
  ],
  ["messages are to wait", { resource: queue({ delay_seconds: 5 }) }, /messages wait for nothing/],
  [
    "a bucket is to keep versions no more",
    {
      resource: {
        aws_s3_bucket_versioning: { v: { bucket: "b", versioning_configuration: { status: "Suspended" } } },
      },
    },
    /a bucket keeps versions/,
  ],
])("a stack is refused when %s", async (_, fixture, message) => {
  await expect(runStack(fixture)).rejects.toThrow(message);
});
