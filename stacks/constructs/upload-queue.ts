/** Events of a bucket's objects in a queue, and what cannot be handled in a second one, to be looked at. */

import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { LambdaFunctionRecursionConfig } from "@cdktf/provider-aws/lib/lambda-function-recursion-config/index.js";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy/index.js";
import { Construct } from "constructs";
import { MAX_DELIVERIES } from "../../functions/start-execution/room.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";
import { denyInsecureTransport, policyJson } from "./policy.ts";
import type { PrivateBucket } from "./private-bucket.ts";

export interface UploadQueueOptions {
  namePrefix: string;
  accountId: string;
  /** Time that the consumer has for a batch. */
  consumerTimeoutSeconds: number;
  deadLetterDays: number;
  /** Without it, messages are encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
}

/** An object that expires in a versioned bucket gets a delete marker; the end of old versions is nobody's concern. */
const EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:DeleteMarkerCreated"];

const SECONDS_PER_DAY = 86_400;

export class UploadQueue extends Construct {
  readonly url: string;
  readonly name: string;
  readonly deadLetterUrl: string;
  readonly deadLetterName: string;
  readonly #queue: SqsQueue;
  readonly #accountId: string;
  readonly #key: EncryptionKey | undefined;

  constructor(scope: Construct, id: string, options: UploadQueueOptions) {
    super(scope, id);
    this.#accountId = options.accountId;
    this.#key = options.key;
    const encryption = options.key ? { kmsMasterKeyId: options.key.arn } : { sqsManagedSseEnabled: true };
    const deadLetters = new SqsQueue(this, "dead-letters", {
      name: `${options.namePrefix}-uploads-dead-letters`,
      messageRetentionSeconds: options.deadLetterDays * SECONDS_PER_DAY,
      ...encryption,
    });
    this.#queue = new SqsQueue(this, "queue", {
      name: `${options.namePrefix}-uploads`,
      // Six times the function's timeout, as Lambda recommends for its retries of throttled batches:
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeoutSeconds: 6 * options.consumerTimeoutSeconds,
      messageRetentionSeconds: 4 * SECONDS_PER_DAY,
      receiveWaitTimeSeconds: 20,
      ...encryption,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: MAX_DELIVERIES,
      }),
    });
    new SqsQueuePolicy(this, "dead-letters-policy", {
      queueUrl: deadLetters.url,
      policy: policyJson([denyInsecureTransport("sqs:*", [deadLetters.arn])]),
    });
    this.url = this.#queue.url;
    this.name = this.#queue.name;
    this.deadLetterUrl = deadLetters.url;
    this.deadLetterName = deadLetters.name;
  }

  /** Sends here what comes into the bucket and what goes. A bucket has one notification resource, so this is called once for it. */
  receiveEventsOf(bucket: PrivateBucket): void {
    const policy = new SqsQueuePolicy(this, "policy", {
      queueUrl: this.#queue.url,
      policy: policyJson([
        {
          Sid: "ReceiveUploadEvents",
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: this.#queue.arn,
          Condition: {
            ArnEquals: { "aws:SourceArn": bucket.arn },
            StringEquals: { "aws:SourceAccount": this.#accountId },
          },
        },
        denyInsecureTransport("sqs:*", [this.#queue.arn]),
      ]),
    });
    new S3BucketNotification(this, "notification", {
      bucket: bucket.name,
      queue: [{ id: "uploads", queueArn: this.#queue.arn, events: EVENTS }],
      // S3 sends a test message at once, and refuses a queue that does not take it.
      dependsOn: [policy],
    });
  }

  /** Hands the events to a function, in batches of which it may fail single messages, or put them back. */
  deliverTo(consumer: NodeFunction, maximumConcurrency: number): void {
    const uses = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "SendMessage"];
    consumer.allow(
      uses.map((use) => `sqs:${use}`),
      [this.#queue.arn],
    );
    this.#key?.grantUse(consumer);
    // What is put back is delivered again. After some sixteen rounds Lambda takes that for a loop by mistake, invokes nothing any
    // more, and images that only waited become dead letters: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    const mayPutBack = new LambdaFunctionRecursionConfig(this, "may-put-back", {
      functionName: consumer.name,
      recursiveLoop: "Allow",
    });
    new LambdaEventSourceMapping(this, "event-source", {
      eventSourceArn: this.#queue.arn,
      functionName: consumer.arn,
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency },
      // Lambda refuses an event source that the function's role may not read.
      dependsOn: [consumer.policy, mayPutBack],
    });
  }
}
