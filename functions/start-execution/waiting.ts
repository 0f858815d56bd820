/**
 * Messages that found no room. They go to the end of the queue under the name of whose they are, so that SQS delivers those of
 * quiet uploaders first: ten thousand of one person do not delay the one of another.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
import { createHash } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import { environmentVariable } from "../shared/settings.ts";
import { MAX_DELIVERIES } from "./room.ts";

const queueUrl = environmentVariable("QUEUE_URL");
const sqs = new SQSClient();

/** Names a message that was put back. */
const ATTRIBUTE = "waits";

/** Whether it was put back: it waits for room as long as the function can. */
export function waits({ messageAttributes }: SQSRecord): boolean {
  return messageAttributes[ATTRIBUTE] !== undefined;
}

/** Whether it would be a dead letter next. */
export function isLastDelivery({ attributes }: SQSRecord): boolean {
  return Number(attributes.ApproximateReceiveCount) >= MAX_DELIVERIES;
}

/** For images of an owner who has as many under way as may be: each takes a second or two. */
export function secondsUntilNextLook(): number {
  return 2 + Math.floor(Math.random() * 3);
}

/**
 * @param whose it is, in any characters.
 * @param seconds until it comes again.
 */
export async function putBack(
  { body }: SQSRecord,
  whose: string,
  { seconds }: { seconds?: number } = {},
): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      DelaySeconds: seconds,
      MessageGroupId: createHash("sha256").update(whose).digest("hex"),
      MessageAttributes: { [ATTRIBUTE]: { DataType: "String", StringValue: "for room" } },
    }),
  );
}
