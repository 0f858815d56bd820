/** Which bucket, key and operation a request means: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html */
import type { Call } from "../../http/call.ts";

export interface S3Address {
  /** Empty for requests to the service itself. */
  bucket: string;
  /** Empty for requests to a bucket. Undecodable keys are reported by `malformed`. */
  key: string;
  query: URLSearchParams;
  malformed: boolean;
}

type Request = Pick<Call, "method" | "path" | "query" | "headers">;

/** Understands path style (`/bucket/key`) and virtual-hosted style (`bucket.localhost/key`). */
export function addressOf(request: Request): S3Address {
  const { path, query } = request;
  const hostBucket = /^(.+?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost(?::\d+)?$/i.exec(
    request.headers.host ?? "",
  )?.[1];
  const rawPath = path.replace(/^\//, "");
  const slash = hostBucket !== undefined ? -1 : rawPath.indexOf("/");
  const rawBucket = hostBucket ?? (slash === -1 ? rawPath : rawPath.slice(0, slash));
  const rawKey = hostBucket !== undefined ? rawPath : slash === -1 ? "" : rawPath.slice(slash + 1);
  // Decoded by hand from the raw address: URL would resolve "..", which is part of a key here, and "+" is a plus.
  try {
    return {
      bucket: decodeURIComponent(rawBucket),
      key: decodeURIComponent(rawKey),
      query,
      malformed: false,
    };
  } catch {
    return { bucket: rawBucket, key: rawKey, query, malformed: true };
  }
}

const BUCKET_SETTINGS: Record<string, string> = {
  cors: "BucketCors",
  location: "BucketLocation",
  notification: "BucketNotificationConfiguration",
  versioning: "BucketVersioning",
};

/** Settings of buckets and objects that S3 has and this engine does not. */
const FOREIGN_SETTINGS = [
  "accelerate",
  "acl",
  "analytics",
  "attributes",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "logging",
  "metrics",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "torrent",
  "website",
];

/** The name of the API operation; `NotImplemented` where S3 has one that this engine does not. */
export function operationOf(request: Request): string {
  const { bucket, key, query } = addressOf(request);
  const { method } = request;
  if (method === "OPTIONS") return "Preflight";
  if (bucket === "") return method === "GET" ? "ListBuckets" : "NotImplemented";
  if (FOREIGN_SETTINGS.some((name) => query.has(name))) return "NotImplemented";
  return (
    (key === "" ? bucketOperation(method, query) : objectOperation(method, query, request)) ??
    "NotImplemented"
  );
}

function bucketOperation(method: string, query: URLSearchParams): string | undefined {
  if (query.has("tagging")) return undefined;
  const setting = Object.keys(BUCKET_SETTINGS).find((name) => query.has(name));
  const verb = { GET: "Get", PUT: "Put", DELETE: "Delete" }[method];
  if (setting) return verb && `${verb}${BUCKET_SETTINGS[setting]}`;
  if (method === "GET" && query.has("versions")) return "ListObjectVersions";
  if (method === "GET" && query.has("uploads")) return "ListMultipartUploads";
  if (method === "GET") return query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects";
  if (method === "POST") return query.has("delete") ? "DeleteObjects" : "PostObject";
  return { PUT: "CreateBucket", HEAD: "HeadBucket", DELETE: "DeleteBucket" }[method];
}

function objectOperation(method: string, query: URLSearchParams, request: Request): string | undefined {
  const copies = request.headers["x-amz-copy-source"] !== undefined;
  if (query.has("tagging"))
    return { GET: "GetObjectTagging", PUT: "PutObjectTagging", DELETE: "DeleteObjectTagging" }[method];
  if (query.has("uploadId")) {
    if (method === "PUT") return copies ? "UploadPartCopy" : "UploadPart";
    return { GET: "ListParts", POST: "CompleteMultipartUpload", DELETE: "AbortMultipartUpload" }[method];
  }
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : undefined;
  if (method === "PUT") return copies ? "CopyObject" : "PutObject";
  return { GET: "GetObject", HEAD: "HeadObject", DELETE: "DeleteObject" }[method];
}
