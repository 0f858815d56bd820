/** Tells the topic, the event bus and the image's owner what became of an image. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import * as z from "zod";
import { messageIn } from "../shared/errors.ts";
import { putEvent } from "../shared/image-events.ts";
import { fileKeysOf } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { State } from "../shared/state.ts";
import { tellChange } from "../shared/tell-change.ts";
import { failedState, type Outcome, summarize } from "./outcome.ts";

const topicArn = environmentVariable("OUTCOME_TOPIC_ARN");
const sns = new SNSClient();

const notificationSchema = z.looseObject({
  summary: z.string(),
  status: z.enum(["PROCESSED", "REJECTED", "FAILED"]),
  imageId: z.string(),
  original: z.object({ bucket: z.string(), key: z.string() }),
  owner: z.string().optional(),
});
type Notification = z.infer<typeof notificationSchema>;
const metrics = new Metrics();

/** What is recorded, and could not be told. Its message is the notification, for whoever tries again. */
export class NobodyTold extends Error {
  override readonly name = "NobodyTold";
}

/** @throws NobodyTold */
export function tell(outcome: Outcome, bucket: string): Promise<void> {
  return publish(notificationOf(outcome, bucket));
}

/** Something else that follows the record could not be done: it is tried again, and then told. */
export function untold(outcome: Outcome, bucket: string, cause: unknown): NobodyTold {
  return new NobodyTold(JSON.stringify(notificationOf(outcome, bucket)), { cause });
}

/** @param untold the error that came of telling. @throws NobodyTold */
export async function tellAgain(untold: { Cause?: string | undefined }): Promise<Notification["status"]> {
  const notification = notificationSchema.parse(JSON.parse(messageIn(untold.Cause)));
  await publish(notification);
  return notification.status;
}

/** For `GET /images/changes`. @param state with it, of the step that failed, where one did. */
export function tellOwner({ imageId, owner, attempt: { status } }: Outcome, state?: State): Promise<void> {
  const failed = state?.error && { name: failedState(state), error: state.error.Error };
  return tellChange(owner, { imageId, status, failed });
}

async function publish(notification: Notification): Promise<void> {
  const told = await Promise.allSettled([toTopic(notification), putEvent(notification)]);
  const errors = told.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (errors.length === 0) return;
  metrics.addMetric("NotificationsFailed", MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  // Whoever was told is told again then: both tell at least once.
  throw new NobodyTold(JSON.stringify(notification), { cause: errors[0] });
}

async function toTopic(notification: Notification): Promise<void> {
  const { status, owner } = notification;
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: status === "PROCESSED" ? "Image processed" : "Image not processed",
      // Programs get all of it, people a sentence.
      MessageStructure: "json",
      Message: JSON.stringify({ default: JSON.stringify(notification), email: textFor(notification) }),
      // To filter by.
      MessageAttributes: Object.fromEntries(
        Object.entries({ status, owner }).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, { DataType: "String", StringValue: value }]],
        ),
      ),
    }),
  );
}

function notificationOf(outcome: Outcome, bucket: string): Notification {
  const { imageId, name, attempt, original, publication } = outcome;
  const { status, rejection, error, execution } = attempt;
  return {
    summary: summarize(outcome),
    status,
    imageId,
    name,
    ...(outcome.owner !== undefined && { owner: outcome.owner }),
    original: { bucket, key: original.key },
    ...(rejection && { rejection }),
    ...(error && { error }),
    variants: fileKeysOf(publication),
    execution: execution.arn,
  };
}

/** For an e-mail. */
function textFor({ summary, imageId, original }: Notification): string {
  return `${summary}\n\nIts original is s3://${original.bucket}/${original.key}, its id ${imageId}.`;
}
