/** S3 on one machine: objects with versions, conditional writes, CORS and event notifications. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Call, DoorService } from "../../http/endpoint.ts";
import { addressOf, type S3Address } from "./address.ts";
import * as buckets from "./buckets.ts";
import { copyObject } from "./copies.ts";
import { type CorsRule, corsHeaders } from "./cors.ts";
import { deleteObject, deleteObjects } from "./deletes.ts";
import { type DirectRead, type DirectWrite, readObject, writeObject } from "./direct.ts";
import { S3Error } from "./errors.ts";
import { errorAnswer, newRequestId, type Operation, type S3Context, type S3Response } from "./exchange.ts";
import { assertKept } from "./headers.ts";
import * as listing from "./listing.ts";
import * as multipart from "./multipart.ts";
import { type NotifierOptions, notify, setNotifications } from "./notifications.ts";
import * as objects from "./objects.ts";
import { BucketStore, type QueueNotification } from "./store.ts";

export type { CorsRule } from "./cors.ts";
export type { QueueNotification } from "./store.ts";

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
    region: options.region,
    store,
    notify: (event) => notify(event, options),
  };
  return {
    service: (request, response, call) => serve(request, response, call, context),
    createBucket: (name) => store.create(name),
    setVersioning: (bucket, on) => {
      store.get(bucket).versioning = on ? "Enabled" : "Suspended";
    },
    setCors: (bucket, rules) => {
      store.get(bucket).cors = rules;
    },
    setNotification: (bucket, queues) => setNotifications(store.get(bucket), queues, options),
    readObject: (read) => readObject(read, context),
    writeObject: (write) => writeObject(write, context),
  };
}

/** What real clients call, and the product: the AWS CLI's `s3` commands, rclone, the SDKs' transfers. */
const OPERATIONS: Record<string, Operation> = {
  AbortMultipartUpload: multipart.abortMultipartUpload,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: multipart.createMultipartUpload,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: objects.getObject,
  GetObjectTagging: objects.getObjectTagging,
  HeadBucket: buckets.headBucket,
  HeadObject: objects.headObject,
  ListBuckets: buckets.listBuckets,
  ListObjects: listing.listObjects,
  ListObjectsV2: listing.listObjectsV2,
  ListObjectVersions: listing.listObjectVersions,
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
    answer = await perform(address, call, context, requestId);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    answer = errorAnswer(error, address, requestId);
  }
  // What the client still sends must be taken in before a connection can be used again.
  if (!request.complete) request.resume();
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  const bodiless = address.method === "HEAD" || answer.status === 304 || answer.status === 204;
  response.writeHead(answer.status, {
    server: "AmazonS3",
    "x-amz-request-id": requestId,
    "x-amz-id-2": requestId,
    ...(typeof answer.body === "string" && !bodiless && { "content-type": "application/xml" }),
    ...(!bodiless && { "content-length": String(body?.length ?? 0) }),
    ...corsAnswer(address, context),
    ...answer.headers,
  });
  response.end(bodiless ? undefined : body);
}

async function perform(
  address: S3Address,
  { refusal, accessKeyId = "anonymous", caller, body }: Call,
  context: S3Context,
  requestId: string,
): Promise<S3Response> {
  const { operation, headers } = address;
  if (refusal) throw new S3Error(refusal.code, refusal.message, {}, refusal.details);
  if (address.malformed) throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
  if (Buffer.byteLength(address.key) > 1024) throw new S3Error("KeyTooLongError", "Your key is too long");
  if (operation === "Preflight") return preflight(address, context);
  if (operation === undefined)
    throw new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.");
  const run = OPERATIONS[operation];
  if (!run)
    throw new S3Error("NotImplemented", `This engine does not have the operation ${operation} of S3.`);
  assertKept(headers);
  return run({ ...address, accessKeyId, caller, requestId, body }, context);
}

function preflight(address: S3Address, context: S3Context): S3Response {
  if (corsAnswer(address, context) !== undefined) return { status: 200 };
  const message =
    context.store.get(address.bucket).cors.length === 0
      ? "CORSResponse: CORS is not enabled for this bucket."
      : "CORSResponse: This CORS request is not allowed.";
  throw new S3Error("AccessForbidden", message);
}

function corsAnswer(
  { bucket, method: ownMethod, headers }: S3Address,
  { store }: S3Context,
): Record<string, string> | undefined {
  const { origin, "access-control-request-method": method = ownMethod } = headers;
  const rules = store.find(bucket)?.cors;
  if (origin === undefined || !rules) return undefined;
  const asked = headers["access-control-request-headers"]?.toLowerCase().split(",") ?? [];
  return corsHeaders(rules, { origin, method, headers: asked.map((name) => name.trim()).filter(Boolean) });
}
