/** Tells queues of what happens in a bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
import { randomBytes } from "node:crypto";
import { StackError } from "../../stack-error.ts";
import type { BucketEvent } from "./events.ts";
import { newRequestId } from "./exchange.ts";
import type { KeptObjects } from "./kept.ts";
import { bucketArn } from "./permissions.ts";
import type { Bucket, QueueNotification } from "./store.ts";

export interface NotifierOptions {
  region: string;
  sendToQueue(queueArn: string, body: string): Promise<unknown>;
  kept: KeptObjects;
  /** Whether the queue takes messages that S3 sends for that bucket. */
  mayNotify(bucketArn: string, queueArn: string): boolean;
}

/** Sends the event to every queue of the bucket that asked for it. */
export async function notify(event: BucketEvent, options: NotifierOptions): Promise<void> {
  const matching = event.bucket.notifications.filter((notification) => wants(notification, event));
  if (matching.length === 0) return;
  const sequencer = nextSequencer();
  const messages = matching.map((notification) => {
    const record = eventRecord(event, notification, sequencer, options.region);
    return { queueArn: notification.queueArn, body: JSON.stringify({ Records: [record] }) };
  });
  await options.kept.whileTelling(messages, ({ queueArn, body }) => options.sendToQueue(queueArn, body));
}

/** Replaces the bucket's notifications and sends each queue S3's test message, as S3 does. @throws StackError where the queue does not let S3. */
export async function setNotifications(
  bucket: Bucket,
  notifications: QueueNotification[],
  { sendToQueue, mayNotify }: NotifierOptions,
): Promise<void> {
  const queues = new Set(notifications.map(({ queueArn }) => queueArn));
  for (const queueArn of queues) {
    if (mayNotify(bucketArn(bucket.name), queueArn)) continue;
    throw new StackError(
      `Unable to validate the following destination configurations. ${queueArn}: Permissions on the destination queue do not allow S3 to publish notifications from this bucket.`,
    );
  }
  bucket.notifications = notifications;
  await Promise.all([...queues].map((queueArn) => sendToQueue(queueArn, testEvent(bucket))));
}

function testEvent(bucket: Bucket): string {
  return JSON.stringify({
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date().toISOString(),
    Bucket: bucket.name,
    RequestId: newRequestId(),
    HostId: randomBytes(48).toString("base64"),
  });
}

function wants(
  { events, prefix = "", suffix = "" }: QueueNotification,
  { name, version }: BucketEvent,
): boolean {
  if (!version.key.startsWith(prefix) || !version.key.endsWith(suffix)) return false;
  return events.some((event) => {
    const asked = event.replace(/^s3:/, "");
    return asked === name || (asked.endsWith(":*") && name.startsWith(asked.slice(0, -1)));
  });
}

function eventRecord(event: BucketEvent, notification: QueueNotification, sequencer: string, region: string) {
  const { bucket, version } = event;
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: new Date().toISOString(),
    eventName: event.name,
    userIdentity: { principalId: `AWS:${event.accessKeyId}` },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: {
      "x-amz-request-id": event.requestId,
      "x-amz-id-2": randomBytes(48).toString("base64"),
    },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: notification.id ?? "notification",
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: "LOCAL" },
        arn: bucketArn(bucket.name),
      },
      object: {
        key: encodeKey(version.key),
        ...(!version.deleteMarker &&
          event.name.startsWith("ObjectCreated") && {
            size: version.body.size,
            eTag: version.etag.replaceAll('"', ""),
          }),
        ...(bucket.versioning !== "Off" && version.versionId !== "null" && { versionId: version.versionId }),
        sequencer,
      },
    },
  };
}

/** As in a form: space is `+`, everything but letters, digits, `/` and `.-*_` is percent-encoded. */
function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
}

let lastSequence = 0n;

/** Greater than any before it, across restarts too, so that two events of a key can be put in order. */
function nextSequencer(): string {
  const byClock = BigInt(Date.now()) << 16n;
  lastSequence = byClock > lastSequence ? byClock : lastSequence + 1n;
  return lastSequence.toString(16).toUpperCase().padStart(18, "0");
}
