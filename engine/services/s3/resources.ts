/** Buckets and what is set on them. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as z from "zod";
import { policyText } from "../../stack/policies.ts";
import {
  type Apply,
  absent,
  block,
  blocks,
  emulated,
  leftOut,
  type ResourceTypes,
  type StackContext,
} from "../../stack/resource.ts";
import type { CorsRule } from "./cors.ts";
import type { DirectWrite } from "./direct.ts";
import { bucketArn, objectArn } from "./permissions.ts";
import type { QueueNotification } from "./store.ts";

/** What the resources make. */
export interface Buckets {
  createBucket(name: string): void;
  keepVersions(bucket: string): void;
  setCors(bucket: string, rules: CorsRule[]): void;
  /** Replaces the bucket's notifications and sends each queue S3's test message, as AWS does. @throws StackError where a queue does not let S3. */
  setNotification(bucket: string, queues: QueueNotification[]): Promise<void>;
  /** A PUT. @throws S3Error */
  writeObject(write: DirectWrite): Promise<{ etag: string; versionId: string | undefined }>;
}

export function bucketResources(s3: Buckets): ResourceTypes {
  return {
    aws_s3_bucket: emulated(bucketSchema, bucket(s3)),
    aws_s3_bucket_versioning: emulated(versioningSchema, versioning(s3)),
    aws_s3_bucket_cors_configuration: emulated(corsSchema, cors(s3)),
    aws_s3_bucket_notification: emulated(notificationSchema, notification(s3)),
    aws_s3_object: emulated(objectSchema, object(s3)),
    aws_s3_bucket_policy: emulated(bucketPolicySchema, bucketPolicy),
    aws_s3_bucket_public_access_block: leftOut("Nobody else can reach this machine's engine."),
    aws_s3_bucket_ownership_controls: leftOut("There is one account only."),
    aws_s3_bucket_server_side_encryption_configuration: leftOut("Nothing is encrypted on this machine."),
    aws_s3_bucket_lifecycle_configuration: leftOut("Nothing expires on this machine."),
    aws_s3_bucket_logging: leftOut("The engine shows what happens."),
  };
}

const bucketSchema = z.object({
  bucket: z.string().optional(),
  bucket_prefix: z.string().default("bucket-"),
});

const bucket =
  (s3: Buckets): Apply<typeof bucketSchema> =>
  ({ bucket_prefix: prefix, bucket: name = `${prefix}local` }, { region }) => {
    s3.createBucket(name);
    return {
      id: name,
      bucket: name,
      arn: bucketArn(name),
      region,
      bucket_domain_name: `${name}.s3.amazonaws.com`,
      bucket_regional_domain_name: `${name}.s3.${region}.amazonaws.com`,
    };
  };

const bucketPolicySchema = z.object({ bucket: z.string(), policy: policyText("resource") });

const bucketPolicy: Apply<typeof bucketPolicySchema> = ({ bucket, policy }, { permissions }) => {
  permissions.addToResource(bucketArn(bucket), policy);
  return { id: bucket };
};

const versioningSchema = z.object({
  bucket: z.string(),
  versioning_configuration: block(
    z.object({ status: z.literal("Enabled", "here a bucket keeps versions, or there is none of these") }),
  ),
});

const versioning =
  (s3: Buckets): Apply<typeof versioningSchema> =>
  ({ bucket }) => {
    s3.keepVersions(bucket);
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
  (s3: Buckets): Apply<typeof corsSchema> =>
  ({ bucket, cors_rule: rules }, { toLocal, allowOrigins }) => {
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
  lambda_function: absent("only queues can be notified here"),
  topic: absent("only queues can be notified here"),
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
  (s3: Buckets): Apply<typeof notificationSchema> =>
  async ({ bucket, queue: queues }) => {
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
  (s3: Buckets): Apply<typeof objectSchema> =>
  async (settings, context) => {
    const { bucket, key } = settings;
    const headers = DESCRIBED.flatMap((name) =>
      settings[name] === undefined ? [] : [[name.replace("_", "-"), settings[name]]],
    );
    const metadata = Object.entries(settings.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
    const { etag, versionId } = await s3.writeObject({
      bucket,
      key,
      body: await bodyOf(settings, context),
      headers: Object.fromEntries([...headers, ...metadata]),
    });
    return {
      id: key,
      key,
      arn: objectArn(bucket, key),
      etag: etag.replaceAll('"', ""),
      version_id: versionId ?? "null",
    };
  };

const DESCRIBED = [
  "content_type",
  "cache_control",
  "content_disposition",
  "content_encoding",
  "content_language",
] as const;

async function bodyOf(
  { source, content, content_base64: base64 }: z.infer<typeof objectSchema>,
  { folder, toLocal }: StackContext,
): Promise<Buffer> {
  if (content !== undefined) return Buffer.from(toLocal(content));
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  return source === undefined ? Buffer.alloc(0) : readFile(resolve(folder, source));
}
