/** Buckets and what is set on them. */
import { z } from "zod";
import { type Apply, blocks, read } from "./types.ts";

export const bucket: Apply = (resource, { s3, region }) => {
  const { bucket, bucket_prefix: prefix } = read(
    z.object({ bucket: z.string().optional(), bucket_prefix: z.string().optional() }),
    resource,
  );
  const name = bucket ?? `${prefix ?? "bucket-"}local`;
  s3.createBucket(name);
  return {
    id: name,
    bucket: name,
    arn: `arn:aws:s3:::${name}`,
    region,
    bucket_domain_name: `${name}.s3.amazonaws.com`,
    bucket_regional_domain_name: `${name}.s3.${region}.amazonaws.com`,
  };
};

const versioningSchema = z.object({
  bucket: z.string(),
  versioning_configuration: blocks(z.object({ status: z.string() })),
});

export const versioning: Apply = (resource, { s3 }) => {
  const { bucket, versioning_configuration: settings } = read(versioningSchema, resource);
  s3.setVersioning(bucket, settings[0]?.status === "Enabled");
  return { id: bucket };
};

const corsSchema = z.object({
  bucket: z.string(),
  cors_rule: blocks(
    z.object({
      allowed_methods: z.array(z.string()),
      allowed_origins: z.array(z.string()),
      allowed_headers: z.array(z.string()).optional(),
      expose_headers: z.array(z.string()).optional(),
      max_age_seconds: z.number().optional(),
    }),
  ),
});

export const cors: Apply = (resource, { s3 }) => {
  const { bucket, cors_rule: rules } = read(corsSchema, resource);
  const corsRules = rules.map((rule) => ({
    allowedMethods: rule.allowed_methods,
    allowedOrigins: rule.allowed_origins,
    ...(rule.allowed_headers && { allowedHeaders: rule.allowed_headers }),
    ...(rule.expose_headers && { exposeHeaders: rule.expose_headers }),
    ...(rule.max_age_seconds !== undefined && { maxAgeSeconds: rule.max_age_seconds }),
  }));
  s3.setCors(bucket, corsRules);
  return { id: bucket };
};

const notificationSchema = z.object({
  bucket: z.string(),
  // Only queues are told of events here: a bucket that should tell someone else must not go unnoticed.
  lambda_function: blocks(z.unknown()).refine(
    (list) => list.length === 0,
    "only queues can be notified here",
  ),
  topic: blocks(z.unknown()).refine((list) => list.length === 0, "only queues can be notified here"),
  queue: blocks(
    z.object({
      queue_arn: z.string(),
      events: z.array(z.string()),
      filter_prefix: z.string().optional(),
      filter_suffix: z.string().optional(),
      id: z.string().optional(),
    }),
  ),
});

export const notification: Apply = async (resource, { s3 }) => {
  const { bucket, queue: queues } = read(notificationSchema, resource);
  const notifications = queues.map(({ queue_arn, events, filter_prefix, filter_suffix, id }) => ({
    queueArn: queue_arn,
    events,
    ...(filter_prefix !== undefined && { prefix: filter_prefix }),
    ...(filter_suffix !== undefined && { suffix: filter_suffix }),
    ...(id !== undefined && { id }),
  }));
  await s3.setNotification(bucket, notifications);
  return { id: bucket };
};
