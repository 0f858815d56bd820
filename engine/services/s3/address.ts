/** Which bucket, key and operation a request means: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html */

import { type Call, percentDecoded } from "../../http/call.ts";

export interface S3Address {
  method: string;
  /** The API operation's name, whether this engine has it or not; undefined where S3 has none. */
  operation: string | undefined;
  /** Empty for requests to the service itself. */
  bucket: string;
  /** Empty for requests to a bucket. Undecodable keys are reported by `malformed`. */
  key: string;
  query: URLSearchParams;
  /** Lower case names. What a presigned address says of `x-amz-…` is among them. */
  headers: Record<string, string>;
  malformed: boolean;
}

/** Understands path style (`/bucket/key`) and virtual-hosted style (`bucket.localhost/key`). */
export function addressOf(call: Pick<Call, "method" | "path" | "query" | "headers">): S3Address {
  const { method, path, query } = call;
  const headers = headersOf(call);
  const place = placeOf(path.replace(/^\//, ""), headers.host);
  return { method, query, headers, ...place, operation: operationIn({ method, query, headers, ...place }) };
}

/**
 * Clients hoist `x-amz-…` headers into the addresses that they sign, and S3 takes them from there. Node gives every byte of
 * a header as a character of its own; so does this.
 */
function headersOf({ headers, query }: Pick<Call, "headers" | "query">): Record<string, string> {
  const hoisted = [...query]
    .map(([name, value]) => [name.toLowerCase(), Buffer.from(value).toString("latin1")] as const)
    .filter(([name]) => name.startsWith("x-amz-"));
  const sent = Object.entries(headers).map(([name, value]) => [name, value?.toString() ?? ""] as const);
  return Object.fromEntries([...hoisted, ...sent]);
}

function placeOf(path: string, host = ""): Pick<S3Address, "bucket" | "key" | "malformed"> {
  const hostBucket = /^(.+?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost(?::\d+)?$/i.exec(host)?.[1];
  const [, first = "", rest = ""] = /^([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const [bucket, key] = hostBucket === undefined ? [first, rest] : [hostBucket, path];
  // Decoded by hand from the raw address: URL would resolve "..", which is part of a key here, and "+" is a plus.
  const decoded = { bucket: percentDecoded(bucket), key: percentDecoded(key) };
  const malformed = decoded.bucket === undefined || decoded.key === undefined;
  return { bucket: decoded.bucket ?? bucket, key: decoded.key ?? key, malformed };
}

function operationIn(address: Omit<S3Address, "operation">): string | undefined {
  const { bucket, key, method } = address;
  if (method === "OPTIONS") return "Preflight";
  if (bucket === "") return method === "GET" ? "ListBuckets" : undefined;
  return settingOperation(address) ?? (key === "" ? bucketOperation(address) : objectOperation(address));
}

type Asked = Pick<S3Address, "method" | "query" | "headers">;

function bucketOperation({ method, query }: Asked): string | undefined {
  if (method === "GET" && query.has("versions")) return "ListObjectVersions";
  if (method === "GET" && query.has("uploads")) return "ListMultipartUploads";
  if (method === "GET") return query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects";
  if (method === "POST") return query.has("delete") ? "DeleteObjects" : "PostObject";
  return { PUT: "CreateBucket", HEAD: "HeadBucket", DELETE: "DeleteBucket" }[method];
}

function objectOperation({ method, query, headers }: Asked): string | undefined {
  const copies = headers["x-amz-copy-source"] !== undefined;
  if (query.has("uploadId")) {
    if (method === "PUT") return copies ? "UploadPartCopy" : "UploadPart";
    return { GET: "ListParts", POST: "CompleteMultipartUpload", DELETE: "AbortMultipartUpload" }[method];
  }
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : undefined;
  if (method === "PUT") return copies ? "CopyObject" : "PutObject";
  return { GET: "GetObject", HEAD: "HeadObject", DELETE: "DeleteObject" }[method];
}

/** Parameters that mean a setting, and its name in the API, where `*` is Bucket or Object. */
const SETTINGS: Record<string, string> = {
  accelerate: "BucketAccelerateConfiguration",
  acl: "*Acl",
  analytics: "BucketAnalyticsConfiguration",
  attributes: "ObjectAttributes",
  cors: "BucketCors",
  encryption: "BucketEncryption",
  "intelligent-tiering": "BucketIntelligentTieringConfiguration",
  inventory: "BucketInventoryConfiguration",
  "legal-hold": "ObjectLegalHold",
  lifecycle: "BucketLifecycleConfiguration",
  location: "BucketLocation",
  logging: "BucketLogging",
  metrics: "BucketMetricsConfiguration",
  notification: "BucketNotificationConfiguration",
  "object-lock": "ObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  policyStatus: "BucketPolicyStatus",
  publicAccessBlock: "PublicAccessBlock",
  replication: "BucketReplication",
  requestPayment: "BucketRequestPayment",
  retention: "ObjectRetention",
  tagging: "*Tagging",
  torrent: "ObjectTorrent",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
};

function settingOperation({ method, query, key }: Omit<S3Address, "operation">): string | undefined {
  if (method === "POST" && query.has("restore")) return "RestoreObject";
  if (method === "POST" && query.has("select")) return "SelectObjectContent";
  const verb = { GET: "Get", PUT: "Put", DELETE: "Delete" }[method];
  const asked = Object.keys(SETTINGS).find((name) => query.has(name));
  if (verb === undefined || asked === undefined) return undefined;
  return `${verb}${SETTINGS[asked]?.replace("*", key === "" ? "Bucket" : "Object")}`;
}
