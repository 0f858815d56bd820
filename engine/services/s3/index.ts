/** S3 in memory: objects with versions, conditional writes, CORS and event notifications. */
import type { EngineContext } from "../../context.ts";
import { type Answer, type Call, header } from "../../http/call.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { addressOf, operationOf, type S3Address } from "./address.ts";
import * as buckets from "./buckets.ts";
import * as bulk from "./bulk.ts";
import { corsHeaders } from "./cors.ts";
import { type DirectRead, readObject, writeObject } from "./direct.ts";
import { errorAnswer } from "./error-answer.ts";
import { S3Error, type S3ErrorCode, STATUS_OF_CODE } from "./errors.ts";
import { newRequestId, type Operation, type S3Context, type S3Request, type S3Response } from "./exchange.ts";
import * as listing from "./listing.ts";
import * as multipart from "./multipart.ts";
import { type NotifierOptions, notify } from "./notifications.ts";
import * as objects from "./objects.ts";
import { s3Accesses } from "./permissions.ts";
import { type Buckets, bucketResources } from "./resources.ts";
import { BucketStore } from "./store.ts";
import * as tagging from "./tagging.ts";

export type { CorsRule } from "./cors.ts";
export type { QueueNotification } from "./notifications.ts";

export interface S3 extends Service {
  buckets: Buckets;
  /** For other services: a GET whose errors are answers too. */
  readObject(read: DirectRead): Promise<S3Response>;
}

/** `sendToQueue` delivers a message to the queue with that ARN. */
export function createS3(
  { region }: Pick<EngineContext, "region">,
  { sendToQueue, mayNotify }: Omit<NotifierOptions, "region">,
): S3 {
  const options: NotifierOptions = { region, sendToQueue, mayNotify };
  const store = new BucketStore();
  const context: S3Context = {
    ...options,
    store,
    uploads: new Map(),
    notify: (event) => notify(event, options),
  };
  const ownBuckets: Buckets = {
    createBucket: (name) => void store.create(name),
    setVersioning: (bucket, on) => {
      store.get(bucket).versioning = on ? "Enabled" : "Suspended";
    },
    setCors: (bucket, rules) => {
      store.get(bucket).cors = rules;
    },
    setNotification: (bucket, queues) => buckets.setNotifications(store.get(bucket), queues, options),
    writeObject: (write) => writeObject(write, context),
  };
  return {
    apis: [
      {
        ...S3_API,
        read: (call) => {
          const address = addressOf(call);
          const name = operationOf(call);
          return {
            name,
            resource: `${address.bucket}/${address.key}`,
            permissions: name === "Preflight" ? [] : s3Accesses(call, name),
            perform: async () => {
              const requestId = newRequestId();
              try {
                return finished(
                  call,
                  address,
                  context,
                  requestId,
                  await perform(call, address, context, requestId),
                );
              } catch (error) {
                if (!(error instanceof S3Error)) throw error;
                return finished(call, address, context, requestId, errorAnswer(error, address, requestId));
              }
            },
          };
        },
        writeError: (error, call) => {
          const address = addressOf(call);
          const requestId = newRequestId();
          const code = error.code in STATUS_OF_CODE ? (error.code as S3ErrorCode) : undefined;
          const own = new S3Error(code ?? "InternalError", error.message, {}, error.details);
          return finished(call, address, context, requestId, errorAnswer(own, address, requestId));
        },
      },
    ],
    resources: bucketResources(ownBuckets),
    buckets: ownBuckets,
    readObject: (read) => readObject(read, context),
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
  DeleteObjectTagging: tagging.deleteObjectTagging,
  DeleteObjects: bulk.deleteObjects,
  GetBucketCors: buckets.getBucketCors,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketNotificationConfiguration: buckets.getBucketNotification,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: objects.getObject,
  GetObjectTagging: tagging.getObjectTagging,
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
  PutObjectTagging: tagging.putObjectTagging,
  UploadPart: multipart.uploadPart,
  UploadPartCopy: multipart.uploadPartCopy,
};

export const S3_API: ServiceDescription = {
  name: "s3",
  title: "S3",
  operations: [...Object.keys(operations), "Preflight"].sort(),
};

function finished(
  call: Call,
  address: S3Address,
  context: S3Context,
  requestId: string,
  answer: S3Response,
): Answer {
  return {
    status: answer.status,
    headers: {
      server: "AmazonS3",
      "x-amz-request-id": requestId,
      "x-amz-id-2": requestId,
      ...(typeof answer.body === "string" && { "content-type": "application/xml" }),
      ...corsAnswer(call, address, context),
      ...answer.headers,
    },
    ...(answer.body !== undefined && { body: answer.body }),
  };
}

async function perform(
  call: Call,
  address: S3Address,
  context: S3Context,
  requestId: string,
): Promise<S3Response> {
  if (address.malformed) throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
  if (Buffer.byteLength(address.key) > 1024) throw new S3Error("KeyTooLongError", "Your key is too long");
  const name = operationOf(call);
  if (name === "Preflight") return preflight(call, address, context);
  const operation = operations[name];
  if (!operation) {
    const what = `${call.method} ${call.path}`;
    throw new S3Error("NotImplemented", `This engine does not have the S3 operation behind ${what}`);
  }
  const s3Request: S3Request = {
    bucket: address.bucket,
    key: address.key,
    query: address.query,
    headers: call.headers,
    accessKeyId: call.accessKeyId ?? "anonymous",
    caller: call.caller,
    requestId,
    body: call.body,
  };
  return operation(s3Request, context);
}

function preflight(request: Call, address: S3Address, context: S3Context): S3Response {
  if (corsAnswer(request, address, context) !== undefined) return { status: 200 };
  const message =
    context.store.get(address.bucket).cors.length === 0
      ? "CORSResponse: CORS is not enabled for this bucket."
      : "CORSResponse: This CORS request is not allowed.";
  throw new S3Error("AccessForbidden", message);
}

function corsAnswer(
  request: Call,
  { bucket }: S3Address,
  { store }: S3Context,
): Record<string, string> | undefined {
  const origin = header(request.headers, "origin");
  const rules = store.find(bucket)?.cors;
  if (origin === undefined || !rules) return undefined;
  const asked = request.headers["access-control-request-headers"]?.toLowerCase().split(",") ?? [];
  const method = request.headers["access-control-request-method"] ?? request.method;
  return corsHeaders(rules, { origin, method, headers: asked.map((name) => name.trim()).filter(Boolean) });
}
