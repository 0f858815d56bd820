/** Operations on buckets and their settings. */

import { S3Error } from "./errors.ts";
import type { Operation } from "./exchange.ts";
import { type NotifierOptions, type QueueNotification, testEvent } from "./notifications.ts";
import { bucketArn } from "./permissions.ts";
import type { Bucket } from "./store.ts";
import { element, innerOfEach, optional, textOf, textOfEach, type Xml, xmlDocument } from "./xml.ts";

export const createBucket: Operation = (request, { store }) => {
  if (store.find(request.bucket)) {
    const message = "Your previous request to create the named bucket succeeded and you already own it.";
    throw new S3Error("BucketAlreadyOwnedByYou", message);
  }
  store.create(request.bucket);
  return { status: 200, headers: { location: `/${request.bucket}` } };
};

export const headBucket: Operation = (request, { store, region }) => {
  store.get(request.bucket);
  return { status: 200, headers: { "x-amz-bucket-region": region } };
};

export const deleteBucket: Operation = (request, { store, uploads }) => {
  store.remove(request.bucket);
  for (const upload of uploads.values()) if (upload.bucket === request.bucket) uploads.delete(upload.id);
  return { status: 204 };
};

export const getBucketLocation: Operation = (request, { store, region }) => {
  store.get(request.bucket);
  return answer(element("LocationConstraint", region === "us-east-1" ? "" : region));
};

export const getBucketVersioning: Operation = (request, { store }) => {
  const { versioning } = store.get(request.bucket);
  return answer(
    element("VersioningConfiguration", optional("Status", versioning === "Off" ? undefined : versioning)),
  );
};

export const putBucketVersioning: Operation = async (request, { store }) => {
  const bucket = store.get(request.bucket);
  const status = textOf((await request.body()).toString("utf8"), "Status");
  if (status !== "Enabled" && status !== "Suspended")
    throw new S3Error("MalformedXML", "The versioning status is Enabled or Suspended.");
  bucket.versioning = status;
  return { status: 200 };
};

export const getBucketCors: Operation = (request, { store }) => {
  const { cors } = store.get(request.bucket);
  if (cors.length === 0)
    throw new S3Error("NoSuchCORSConfiguration", "The CORS configuration does not exist");
  const rules = cors.map((rule) =>
    element(
      "CORSRule",
      ...each("AllowedMethod", rule.allowedMethods),
      ...each("AllowedOrigin", rule.allowedOrigins),
      ...each("AllowedHeader", rule.allowedHeaders),
      ...each("ExposeHeader", rule.exposeHeaders),
      optional("MaxAgeSeconds", rule.maxAgeSeconds),
    ),
  );
  return answer(element("CORSConfiguration", ...rules));
};

export const putBucketCors: Operation = async (request, { store }) => {
  const bucket = store.get(request.bucket);
  const xml = (await request.body()).toString("utf8");
  bucket.cors = innerOfEach(xml, "CORSRule").map((rule) => {
    const maxAge = textOf(rule, "MaxAgeSeconds");
    return {
      allowedMethods: textOfEach(rule, "AllowedMethod"),
      allowedOrigins: textOfEach(rule, "AllowedOrigin"),
      allowedHeaders: textOfEach(rule, "AllowedHeader"),
      exposeHeaders: textOfEach(rule, "ExposeHeader"),
      ...(maxAge !== undefined && { maxAgeSeconds: Number(maxAge) }),
    };
  });
  return { status: 200 };
};

export const deleteBucketCors: Operation = (request, { store }) => {
  store.get(request.bucket).cors = [];
  return { status: 204 };
};

export const getBucketNotification: Operation = (request, { store }) => {
  const { notifications } = store.get(request.bucket);
  const queues = notifications.map((notification) =>
    element(
      "QueueConfiguration",
      optional("Id", notification.id),
      element("Queue", notification.queueArn),
      ...each("Event", notification.events),
      filterElement(notification),
    ),
  );
  return answer(element("NotificationConfiguration", ...queues));
};

export const putBucketNotification: Operation = async (request, context) => {
  const bucket = context.store.get(request.bucket);
  const xml = (await request.body()).toString("utf8");
  if (/<(TopicConfiguration|CloudFunctionConfiguration)>/.test(xml))
    throw new S3Error("NotImplemented", "This engine sends bucket notifications to queues only.");
  const notifications = innerOfEach(xml, "QueueConfiguration").map(notificationOf);
  await setNotifications(bucket, notifications, context);
  return { status: 200 };
};

/** Replaces the bucket's notifications and sends each queue S3's test message, as S3 does. @throws S3Error */
export async function setNotifications(
  bucket: Bucket,
  notifications: QueueNotification[],
  { sendToQueue, mayNotify }: Pick<NotifierOptions, "sendToQueue" | "mayNotify">,
): Promise<void> {
  const queues = new Set(notifications.map(({ queueArn }) => queueArn));
  for (const queueArn of queues) {
    if (mayNotify(bucketArn(bucket.name), queueArn)) continue;
    const ArgumentValue =
      "Permissions on the destination queue do not allow S3 to publish notifications from this bucket";
    const message = "Unable to validate the following destination configurations";
    throw new S3Error("InvalidArgument", message, {}, { ArgumentName: queueArn, ArgumentValue });
  }
  bucket.notifications = notifications;
  await Promise.all([...queues].map((queueArn) => sendToQueue(queueArn, testEvent(bucket))));
}

function notificationOf(xml: string): QueueNotification {
  const filters = innerOfEach(xml, "FilterRule").map((rule) => ({
    name: textOf(rule, "Name")?.toLowerCase(),
    value: textOf(rule, "Value") ?? "",
  }));
  const filter = (name: string) => filters.find((rule) => rule.name === name)?.value;
  const prefix = filter("prefix");
  const suffix = filter("suffix");
  const id = textOf(xml, "Id");
  return {
    queueArn: textOf(xml, "Queue") ?? "",
    events: textOfEach(xml, "Event"),
    ...(prefix !== undefined && { prefix }),
    ...(suffix !== undefined && { suffix }),
    ...(id !== undefined && { id }),
  };
}

function filterElement({ prefix, suffix }: QueueNotification): Xml | undefined {
  const rules = Object.entries({ prefix, suffix }).flatMap(([name, value]) =>
    value === undefined ? [] : [element("FilterRule", element("Name", name), element("Value", value))],
  );
  return rules.length === 0 ? undefined : element("Filter", element("S3Key", ...rules));
}

function each(name: string, values: string[] = []): Xml[] {
  return values.map((value) => element(name, value));
}

function answer(root: Xml) {
  return { status: 200, body: xmlDocument(root) };
}
