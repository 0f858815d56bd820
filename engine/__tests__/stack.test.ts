import { describe, expect, test } from "vitest";
import { startEngine } from "../engine.ts";
import { type Fixture, REGION, roleOf, temporaryEngine, writeStack } from "./engine-support.ts";

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
      data: { aws_caller_identity: { me: {} }, aws_region: { here: {} }, aws_partition: { part: {} } },
      output: {
        arn: { value: "${aws_sqs_queue.uploads.arn}" },
        sentence: {
          value:
            "${data.aws_partition.part.partition}/${data.aws_region.here.name}/${data.aws_caller_identity.me.account_id}",
        },
      },
    });
    expect(outputs.arn).toBe(`arn:aws:sqs:${REGION}:000000000000:uploads`);
    expect(outputs.sentence).toBe(`aws/${REGION}/000000000000`);
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

describe("a stack is refused, with what is wrong,", () => {
  const refused = async (fixture: Fixture, message: RegExp) => {
    const { file, remove } = await writeStack(fixture);
    await expect(startEngine({ stackFile: file, port: 0 })).rejects.toThrow(message);
    await remove();
  };

  test("when nobody has decided about a type of resource", () =>
    refused({ resource: { aws_glue_job: { etl: {} } } }, /aws_glue_job\.etl.*neither emulates aws_glue_job/));

  test("when that type has the name of something every object has", () =>
    refused({ resource: { constructor: { x: {} } } }, /neither emulates constructor/));

  test("when a reference leads nowhere", () =>
    refused(
      { resource: queue({ redrive_policy: "${aws_sqs_queue.gone.arn}" }) },
      /aws_sqs_queue\.gone, which is not in the stack/,
    ));

  test("when a reference asks for an attribute that is not there", () =>
    refused(
      { resource: queue(), output: { x: { value: "${aws_sqs_queue.uploads.colour}" } } },
      /output x refers.*has no colour/,
    ));

  test("when an expression is more than a reference", () =>
    refused({ output: { x: { value: '${join(",", ["a"])}' } } }, /plain references only/));

  test("when references go in a circle", () =>
    refused(
      {
        resource: {
          aws_sqs_queue: {
            a: { name: "a", redrive_policy: "${aws_sqs_queue.b.arn}" },
            b: { name: "b", depends_on: ["aws_sqs_queue.a"] },
          },
        },
      },
      /circle: aws_sqs_queue\.a → aws_sqs_queue\.b → aws_sqs_queue\.a/,
    ));

  test("when a block is repeated by count", () =>
    refused({ resource: queue({ count: 2 }) }, /aws_sqs_queue\.uploads uses count/));

  test("when an argument is missing", () =>
    refused(
      { resource: { aws_dynamodb_table: { t: { name: "t" } } } },
      /aws_dynamodb_table\.t cannot be applied.*hash_key/s,
    ));

  test("when a bucket should tell someone other than a queue", () =>
    refused(
      { resource: { aws_s3_bucket_notification: { n: { bucket: "b", topic: [{ topic_arn: "t" }] } } } },
      /only queues can be notified/,
    ));
});
