/** S3 in memory: objects with versions, conditional writes, CORS and event notifications. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Call, DoorService } from "../../http/endpoint.ts";
import { addressOf, operationOf, type S3Address } from "./address.ts";
import * as buckets from "./buckets.ts";
import * as bulk from "./bulk.ts";
import { type CorsRule, corsHeaders } from "./cors.ts";
import { type DirectRead, type DirectWrite, readObject, writeObject } from "./direct.ts";
import { errorAnswer } from "./error-answer.ts";
import { S3Error } from "./errors.ts";
import {
  header,
  newRequestId,
  type Operation,
  type S3Context,
  type S3Request,
  type S3Response,
} from "./exchange.ts";
import * as listing from "./listing.ts";
import * as multipart from "./multipart.ts";
import { type NotifierOptions, notify, type QueueNotification } from "./notifications.ts";
import * as objects from "./objects.ts";
import { BucketStore } from "./store.ts";

export type { CorsRule } from "./cors.ts";
export type { QueueNotification } from "./notifications.ts";

export interface S3 {
  service: DoorService;
  createBucket(name: string): void;
  setVersioning(bucket: string, on: boolean): void;
  setCors(bucket: string, rules: CorsRule[]): void;
  /** Replaces the bucket's notifications and sends each queue S3's test message, as AWS does. @throws S3Error */
  setNotification(bucket: string, queues: QueueNotification[]): Promise<void>;
  /** For other parts of the engine: a GET whose errors are answers too. */
  readObject(read: DirectRead): Promise<S3Response>;
  /** Likewise: a PUT. @throws S3Error */
  writeObject(write: DirectWrite): Promise<{ etag: string; versionId: string | undefined }>;
}

/** `sendToQueue` delivers a message to the queue with that ARN. */
export function createS3(options: NotifierOptions): S3 {
  const store = new BucketStore();
  const context: S3Context = {
    ...options,
    store,
    uploads: new Map(),
    notify: (event) => notify(event, options),
  };
  return {
    service: (request, response, call) => serve(request, response, call, context),
    createBucket: (name) => void store.create(name),
    setVersioning: (bucket, on) => {
      store.get(bucket).versioning = on ? "Enabled" : "Suspended";
    },
    setCors: (bucket, rules) => {
      store.get(bucket).cors = rules;
    },
    setNotification: (bucket, queues) => buckets.setNotifications(store.get(bucket), queues, options),
    readObject: (read) => readObject(read, context),
    writeObject: (write) => writeObject(write, context),
  };
}

const operations: Record<string, Operation> = {
  AbortMultipartUpload: multipart.abortMultipartUpload,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  CopyObject: objects.copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: multipart.createMultipartUpload,
  DeleteBucket: buckets.deleteBucket,
  DeleteBucketCors: buckets.deleteBucketCors,
  DeleteObject: objects.deleteObject,
  DeleteObjects: bulk.deleteObjects,
  GetBucketCors: buckets.getBucketCors,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketNotificationConfiguration: buckets.getBucketNotification,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: objects.getObject,
  HeadBucket: buckets.headBucket,
  HeadObject: objects.headObject,
  ListBuckets: listing.listBuckets,
  ListMultipartUploads: multipart.listMultipartUploads,
  ListObjectVersions: listing.listObjectVersions,
  ListObjects: listing.listObjects,
  ListObjectsV2: listing.listObjectsV2,
  ListParts: multipart.listParts,
  PostObject: bulk.postObject,
  PutBucketCors: buckets.putBucketCors,
  PutBucketNotificationConfiguration: buckets.putBucketNotification,
  PutBucketVersioning: buckets.putBucketVersioning,
  PutObject: objects.putObject,
  UploadPart: multipart.uploadPart,
  UploadPartCopy: multipart.uploadPartCopy,
};

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  call: Call,
  context: S3Context,
): Promise<void> {
  const address = addressOf(request);
  const requestId = newRequestId();
  let answer: S3Response;
  try {
    answer = await perform(request, address, call, context, requestId);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    answer = errorAnswer(error, address, requestId);
  }
  // What the client still sends must be taken in before a connection can be used again.
  if (!request.complete) request.resume();
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  const bodiless = request.method === "HEAD" || answer.status === 304 || answer.status === 204;
  response.writeHead(answer.status, {
    server: "AmazonS3",
    "x-amz-request-id": requestId,
    "x-amz-id-2": requestId,
    ...(typeof answer.body === "string" && !bodiless && { "content-type": "application/xml" }),
    ...(!bodiless && { "content-length": String(body?.length ?? 0) }),
    ...corsAnswer(request, address, context),
    ...answer.headers,
  });
  response.end(bodiless ? undefined : body);
}

async function perform(
  request: IncomingMessage,
  address: S3Address,
  call: Call,
  context: S3Context,
  requestId: string,
): Promise<S3Response> {
  if (call.refusal) throw new S3Error(call.refusal.code, call.refusal.message, {}, call.refusal.details);
  if (address.malformed) throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
  if (Buffer.byteLength(address.key) > 1024) throw new S3Error("KeyTooLongError", "Your key is too long");
  const name = operationOf(request);
  if (name === "Preflight") return preflight(request, address, context);
  const operation = operations[name];
  if (!operation) {
    const what = `${request.method} ${request.url?.replace(/X-Amz-[^&]+&?/g, "")}`;
    throw new S3Error("NotImplemented", `This engine does not have the S3 operation behind ${what}`);
  }
  const s3Request: S3Request = {
    bucket: address.bucket,
    key: address.key,
    query: address.query,
    headers: request.headers,
    accessKeyId: call.accessKeyId ?? "anonymous",
    caller: call.caller,
    requestId,
    body: call.body,
  };
  return operation(s3Request, context);
}

function preflight(request: IncomingMessage, address: S3Address, context: S3Context): S3Response {
  if (corsAnswer(request, address, context) !== undefined) return { status: 200 };
  const message =
    context.store.get(address.bucket).cors.length === 0
      ? "CORSResponse: CORS is not enabled for this bucket."
      : "CORSResponse: This CORS request is not allowed.";
  throw new S3Error("AccessForbidden", message);
}

function corsAnswer(
  request: IncomingMessage,
  { bucket }: S3Address,
  { store }: S3Context,
): Record<string, string> | undefined {
  const origin = header(request.headers, "origin");
  const rules = store.find(bucket)?.cors;
  if (origin === undefined || !rules) return undefined;
  const asked = request.headers["access-control-request-headers"]?.toLowerCase().split(",") ?? [];
  const method = request.headers["access-control-request-method"] ?? request.method ?? "GET";
  return corsHeaders(rules, { origin, method, headers: asked.map((name) => name.trim()).filter(Boolean) });
}
