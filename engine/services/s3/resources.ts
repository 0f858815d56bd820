/** Buckets and what is set on them. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as z from "zod";
import { policyText } from "../../stack/policies.ts";
import { StackError } from "../../stack/read.ts";
import {
  type Apply,
  blocks,
  emulated,
  leftOut,
  type Resource,
  type ResourceTypes,
  read,
  type StackContext,
} from "../../stack/resource.ts";
import type { CorsRule } from "./cors.ts";
import type { DirectWrite } from "./direct.ts";
import { S3Error } from "./errors.ts";
import { bucketArn } from "./permissions.ts";
import type { QueueNotification } from "./store.ts";

/** What the resources make. */
export interface Buckets {
  createBucket(name: string): void;
  setVersioning(bucket: string, on: boolean): void;
  setCors(bucket: string, rules: CorsRule[]): void;
  /** Replaces the bucket's notifications and sends each queue S3's test message, as AWS does. @throws S3Error */
  setNotification(bucket: string, queues: QueueNotification[]): Promise<void>;
  /** A PUT. @throws S3Error */
  writeObject(write: DirectWrite): Promise<{ etag: string; versionId: string | undefined }>;
}

export function bucketResources(s3: Buckets): ResourceTypes {
  return {
    aws_s3_bucket: emulated(bucket(s3)),
    aws_s3_bucket_versioning: emulated(versioning(s3)),
    aws_s3_bucket_cors_configuration: emulated(cors(s3)),
    aws_s3_bucket_notification: emulated(notification(s3)),
    aws_s3_object: emulated(object(s3)),
    aws_s3_bucket_policy: emulated(bucketPolicy),
    aws_s3_bucket_public_access_block: leftOut("Nobody else can reach this machine's engine."),
    aws_s3_bucket_ownership_controls: leftOut("There is one account only."),
    aws_s3_bucket_server_side_encryption_configuration: leftOut("Objects are kept in memory."),
    aws_s3_bucket_lifecycle_configuration: leftOut("Nothing lives longer than the engine."),
    aws_s3_bucket_logging: leftOut("The engine shows what happens."),
  };
}

const bucket =
  (s3: Buckets): Apply =>
  (resource, { region }) => {
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

const bucketPolicy: Apply = (resource, { permissions }) => {
  const schema = z.object({ bucket: z.string(), policy: policyText("resource") });
  const { bucket, policy } = read(schema, resource);
  permissions.addToResource(bucketArn(bucket), policy);
  return { id: bucket };
};

const versioningSchema = z.object({
  bucket: z.string(),
  versioning_configuration: blocks(z.object({ status: z.string() })),
});

const versioning =
  (s3: Buckets): Apply =>
  (resource) => {
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

const cors =
  (s3: Buckets): Apply =>
  (resource, { toLocal, allowOrigins }) => {
    const { bucket, cors_rule: rules } = read(corsSchema, resource);
    const corsRules = rules.map((rule) => ({
      allowedMethods: rule.allowed_methods,
      allowedOrigins: rule.allowed_origins.map(toLocal),
      ...(rule.allowed_headers && { allowedHeaders: rule.allowed_headers }),
      ...(rule.expose_headers && { exposeHeaders: rule.expose_headers }),
      ...(rule.max_age_seconds !== undefined && { maxAgeSeconds: rule.max_age_seconds }),
    }));
    for (const rule of corsRules) allowOrigins(rule.allowedOrigins);
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

const notification =
  (s3: Buckets): Apply =>
  async (resource) => {
    const { bucket, queue: queues } = read(notificationSchema, resource);
    const notifications = queues.map(({ queue_arn, events, filter_prefix, filter_suffix, id }) => ({
      queueArn: queue_arn,
      events,
      ...(filter_prefix !== undefined && { prefix: filter_prefix }),
      ...(filter_suffix !== undefined && { suffix: filter_suffix }),
      ...(id !== undefined && { id }),
    }));
    await s3.setNotification(bucket, notifications).catch((error: unknown) => {
      if (!(error instanceof S3Error)) throw error;
      const { message, details } = error;
      const why = Object.values(details).join(": ");
      throw new StackError(`${resource.address} cannot be applied: ${message}. ${why}.`, { cause: error });
    });
    return { id: bucket };
  };

const objectSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  source: z.string().optional(),
  content: z.string().optional(),
  content_base64: z.string().optional(),
  /** What the provider's SDK sends where nothing is said. */
  content_type: z.string().default("application/octet-stream"),
  cache_control: z.string().optional(),
  content_disposition: z.string().optional(),
  content_encoding: z.string().optional(),
  content_language: z.string().optional(),
  metadata: z.record(z.string(), z.string()).default({}),
});

const object =
  (s3: Buckets): Apply =>
  async (resource, context) => {
    const settings = read(objectSchema, resource);
    const { bucket, key } = settings;
    const described = ["content_type", "cache_control", "content_disposition", "content_encoding"] as const;
    const headers = [...described, "content_language" as const].flatMap((name) =>
      settings[name] === undefined ? [] : [[name.replace("_", "-"), settings[name]]],
    );
    const metadata = Object.entries(settings.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
    const { etag, versionId } = await s3.writeObject({
      bucket,
      key,
      body: await bodyOf(settings, resource, context),
      headers: Object.fromEntries([...headers, ...metadata]),
    });
    return {
      id: key,
      key,
      arn: `arn:aws:s3:::${bucket}/${key}`,
      etag: etag.replaceAll('"', ""),
      version_id: versionId ?? "null",
    };
  };

async function bodyOf(
  { source, content, content_base64: base64 }: z.infer<typeof objectSchema>,
  { address }: Resource,
  { folder, toLocal }: StackContext,
): Promise<Buffer> {
  if (content !== undefined) return Buffer.from(toLocal(content));
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  if (source === undefined) return Buffer.alloc(0);
  return readFile(resolve(folder, source)).catch((cause: Error) => {
    throw new StackError(`${address} has the source ${source}: ${cause.message}`, { cause });
  });
}
