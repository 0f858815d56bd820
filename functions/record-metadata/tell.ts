/** Tells the topic what became of an image. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import * as z from "zod";
import { messageIn } from "../shared/errors.ts";
import { fileKeysOf } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { type Outcome, summarize } from "./outcome.ts";

const topicArn = environmentVariable("OUTCOME_TOPIC_ARN");
const sns = new SNSClient();

const notificationSchema = z.looseObject({ status: z.enum(["PROCESSED", "REJECTED", "FAILED"]) });
type Notification = z.infer<typeof notificationSchema>;

/** What is recorded, and could not be told. Its message is the notification, for whoever tries again. */
export class NobodyTold extends Error {
  override readonly name = "NobodyTold";
}

/** @throws NobodyTold */
export function tell(outcome: Outcome, bucket: string): Promise<void> {
  return publish(notificationOf(outcome, bucket));
}

/** @param untold the error that came of telling. @throws NobodyTold */
export function tellAgain(untold: { Cause?: string | undefined }): Promise<void> {
  return publish(notificationSchema.parse(JSON.parse(messageIn(untold.Cause))));
}

async function publish(notification: Notification): Promise<void> {
  const message = JSON.stringify(notification);
  try {
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: notification.status === "PROCESSED" ? "Image processed" : "Image not processed",
        Message: message,
        MessageAttributes: { status: { DataType: "String", StringValue: notification.status } },
      }),
    );
  } catch (cause) {
    throw new NobodyTold(message, { cause });
  }
}

function notificationOf(outcome: Outcome, bucket: string): Notification {
  const { imageId, name, attempt, original, publication } = outcome;
  const { status, rejection, error, execution } = attempt;
  return {
    summary: summarize(outcome),
    status,
    imageId,
    name,
    original: { bucket, key: original.key },
    ...(rejection && { rejection }),
    ...(error && { error }),
    variants: fileKeysOf(publication),
    execution: execution.arn,
  };
}
