/** What permission each operation of S3 needs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
import type { Access } from "../../iam/index.ts";
import type { S3Address } from "./address.ts";
import { copySourceIn } from "./copy-source.ts";

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
  GetBucketVersioning: "s3:GetBucketVersioning",
  HeadBucket: "s3:ListBucket",
  ListObjects: "s3:ListBucket",
  ListObjectsV2: "s3:ListBucket",
  ListObjectVersions: "s3:ListBucketVersions",
};

/** Undefined for an operation that is not known. @throws S3Error when what is copied is none. */
export function s3Permissions(address: S3Address): Access[] | undefined {
  const { operation = "", bucket, key, query, headers } = address;
  const versionId = query.get("versionId") ?? undefined;
  if (operation === "ListBuckets") return [{ action: "s3:ListAllMyBuckets", resource: "*" }];
  // S3 looks at each of the keys by itself, and answers for each.
  if (operation === "DeleteObjects") return [];
  if (operation === "DeleteObject")
    return deleteAccesses({ bucket, key, versionId, ifMatch: headers["if-match"] });
  const ofBucket = ON_BUCKETS[operation];
  if (ofBucket) return [{ action: ofBucket, resource: bucketArn(bucket), context: listContext(query) }];
  const action = ON_OBJECTS[operation];
  if (!action) return undefined;
  const resource = objectArn(bucket, key);
  return [
    {
      action: ofVersion(action, versionId),
      resource,
      context: { ...headerContext(headers), ...(versionId && { "s3:VersionId": versionId }) },
    },
    ...readOfSource(address),
    ...extras(address, action).map((extra) => ({ action: extra, resource })),
  ];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys */
const HEADERS_ASKED_FOR = [
  "x-amz-acl",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
];

function headerContext(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    HEADERS_ASKED_FOR.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[`s3:${name}`, value]];
    }),
  );
}

interface Deletion {
  bucket: string;
  key: string;
  versionId: string | undefined;
  ifMatch: string | undefined;
}

/** Whoever deletes a certain object learns about it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html */
export function deleteAccesses({ bucket, key, versionId, ifMatch }: Deletion): Access[] {
  const resource = objectArn(bucket, key);
  return [
    { action: ofVersion("s3:DeleteObject", versionId), resource },
    ...(ifMatch === undefined || ifMatch === "*" ? [] : [{ action: "s3:GetObject", resource }]),
  ];
}

const OF_VERSIONS: Record<string, string> = {
  "s3:DeleteObject": "s3:DeleteObjectVersion",
  "s3:GetObject": "s3:GetObjectVersion",
  "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
  "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
  "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
};

/** A version of an object is a permission of its own. */
function ofVersion(action: string, versionId: string | undefined): string {
  return (versionId ? OF_VERSIONS[action] : undefined) ?? action;
}

function listContext(query: URLSearchParams): Record<string, string> {
  const asked = ["prefix", "delimiter"].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[`s3:${name}`, value]];
  });
  return Object.fromEntries(asked);
}

function readOfSource({ headers }: S3Address): Access[] {
  const source = copySourceIn(headers);
  if (!source) return [];
  const resource = objectArn(source.bucket, source.key);
  return [{ action: ofVersion("s3:GetObject", source.versionId), resource }];
}

/** What some headers of a write need besides. */
function extras({ headers }: S3Address, action: string): string[] {
  if (action !== "s3:PutObject") return [];
  const names = Object.keys(headers);
  return [
    // Whoever writes over a certain object learns about it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    ...(headers["if-match"] !== undefined ? ["s3:GetObject"] : []),
    ...(names.includes("x-amz-tagging") ? ["s3:PutObjectTagging"] : []),
    ...(names.some((name) => /^x-amz-(acl|grant-)/.test(name)) ? ["s3:PutObjectAcl"] : []),
  ];
}
