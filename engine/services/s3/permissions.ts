/** What permission each operation of S3 needs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
import type { Call } from "../../http/call.ts";
import type { Access } from "../../iam/index.ts";
import { addressOf } from "./address.ts";
import { header } from "./exchange.ts";

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

export function objectArn(bucket: string, key: string): string {
  return `${bucketArn(bucket)}/${key}`;
}

const ON_OBJECTS: Record<string, string> = {
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  CompleteMultipartUpload: "s3:PutObject",
  CopyObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  DeleteObject: "s3:DeleteObject",
  DeleteObjectTagging: "s3:DeleteObjectTagging",
  GetObject: "s3:GetObject",
  GetObjectTagging: "s3:GetObjectTagging",
  HeadObject: "s3:GetObject",
  ListParts: "s3:ListMultipartUploadParts",
  PutObject: "s3:PutObject",
  PutObjectTagging: "s3:PutObjectTagging",
  UploadPart: "s3:PutObject",
  UploadPartCopy: "s3:PutObject",
};

const ON_BUCKETS: Record<string, string> = {
  CreateBucket: "s3:CreateBucket",
  DeleteBucket: "s3:DeleteBucket",
  DeleteBucketCors: "s3:PutBucketCORS",
  GetBucketCors: "s3:GetBucketCORS",
  GetBucketLocation: "s3:GetBucketLocation",
  GetBucketNotificationConfiguration: "s3:GetBucketNotification",
  GetBucketVersioning: "s3:GetBucketVersioning",
  HeadBucket: "s3:ListBucket",
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
  ListObjects: "s3:ListBucket",
  ListObjectsV2: "s3:ListBucket",
  ListObjectVersions: "s3:ListBucketVersions",
  PutBucketCors: "s3:PutBucketCORS",
  PutBucketNotificationConfiguration: "s3:PutBucketNotification",
  PutBucketVersioning: "s3:PutBucketVersioning",
};

/** Undefined for an operation that is not known. */
export function s3Accesses(request: Call, operation: string): Access[] | undefined {
  const { bucket, key, query } = addressOf(request);
  if (operation === "ListBuckets") return [{ action: "s3:ListAllMyBuckets", resource: "*" }];
  // S3 looks at each of the keys by itself, and answers for each.
  if (operation === "DeleteObjects") return [];
  const ofBucket = ON_BUCKETS[operation];
  if (ofBucket) return [{ action: ofBucket, resource: bucketArn(bucket), context: listContext(query) }];
  const action = ON_OBJECTS[operation];
  if (!action) return undefined;
  const resource = objectArn(bucket, key);
  return [
    { action: ofVersion(action, query.get("versionId")), resource, context: aclContext(request) },
    ...copySource(request),
    ...extras(request, action).map((extra) => ({ action: extra, resource })),
  ];
}

/** A version of an object is a permission of its own. */
export function ofVersion(action: string, versionId: string | null | undefined): string {
  const match = /^s3:(Get|Put|Delete)Object(Tagging)?$/.exec(action);
  const hasOwn = match !== null && action !== "s3:PutObject";
  return versionId && hasOwn ? `s3:${match[1]}ObjectVersion${match[2] ?? ""}` : action;
}

function aclContext({ headers }: Call): Record<string, string> {
  const acl = header(headers, "x-amz-acl");
  return acl === undefined ? {} : { "s3:x-amz-acl": acl };
}

function listContext(query: URLSearchParams): Record<string, string> {
  const asked = ["prefix", "delimiter"].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[`s3:${name}`, value]];
  });
  return Object.fromEntries(asked);
}

function copySource({ headers }: Call): Access[] {
  const raw = header(headers, "x-amz-copy-source");
  if (raw === undefined) return [];
  const [path = "", versionId] = raw.split("?versionId=");
  const resource = `arn:aws:s3:::${decoded(path).replace(/^\//, "")}`;
  return [{ action: ofVersion("s3:GetObject", versionId), resource }];
}

/** What some headers of a write need besides. */
function extras({ headers }: Call, action: string): string[] {
  if (action !== "s3:PutObject") return [];
  const names = Object.keys(headers);
  return [
    // Whoever writes over a certain object learns about it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    ...(headers["if-match"] !== undefined ? ["s3:GetObject"] : []),
    ...(names.includes("x-amz-tagging") ? ["s3:PutObjectTagging"] : []),
    ...(names.some((name) => /^x-amz-(acl|grant-)/.test(name)) ? ["s3:PutObjectAcl"] : []),
  ];
}

/** What cannot be decoded S3 refuses in its own words. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
