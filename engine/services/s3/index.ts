/** S3 on one machine: objects with versions, conditional writes, CORS and event notifications. */
import type { EngineContext } from "../../context.ts";
import type { Answer, Call } from "../../http/call.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { addressOf, type S3Address } from "./address.ts";
import { Bodies } from "./body.ts";
import * as buckets from "./buckets.ts";
import { copyObject } from "./copies.ts";
import { corsHeaders } from "./cors.ts";
import { deleteObject, deleteObjects } from "./deletes.ts";
import { type DirectRead, readObject, writeObject } from "./direct.ts";
import { S3Error } from "./errors.ts";
import { errorAnswer, newRequestId, type Operation, type S3Context, type S3Response } from "./exchange.ts";
import { assertKept, assertOwner } from "./headers.ts";
import { KeptObjects } from "./kept.ts";
import * as listing from "./listing.ts";
import * as multipart from "./multipart.ts";
import { type NotifierOptions, notify, setNotifications } from "./notifications.ts";
import * as objects from "./objects.ts";
import { listParts } from "./part-listing.ts";
import { s3Permissions } from "./permissions.ts";
import { type Buckets, bucketResources } from "./resources.ts";
import { BucketStore } from "./store.ts";
import * as tagging from "./tagging.ts";

/** What real clients call, and the product: the AWS CLI's `s3` commands, rclone, the SDKs' transfers. */
const OPERATIONS: Record<string, Operation> = {
  AbortMultipartUpload: multipart.abortMultipartUpload,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: multipart.createMultipartUpload,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  DeleteObjectTagging: tagging.deleteObjectTagging,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: objects.getObject,
  GetObjectTagging: tagging.getObjectTagging,
  HeadBucket: buckets.headBucket,
  HeadObject: objects.headObject,
  ListBuckets: buckets.listBuckets,
  ListObjects: listing.listObjects,
  ListObjectsV2: listing.listObjectsV2,
  ListObjectVersions: listing.listObjectVersions,
  ListParts: listParts,
  PutObject: objects.putObject,
  PutObjectTagging: tagging.putObjectTagging,
  UploadPart: multipart.uploadPart,
  UploadPartCopy: multipart.uploadPartCopy,
};

const BUCKET_HOST = /^(?:[\w.*-]+\.)?s3\.[a-z0-9-]+\.amazonaws\.com$/;
/** They take bodies of any size, as they come. */
const CHECK_BODY = ["PutObject", "UploadPart"];

export const S3_API: ServiceDescription = {
  name: "s3",
  title: "S3",
  operations: [...Object.keys(OPERATIONS), "Preflight"].sort(),
};

export interface S3 extends Service {
  buckets: Buckets;
  /** For other services: a GET whose errors are answers too. */
  readObject(read: DirectRead): Promise<S3Response>;
}

type UsedContext = Pick<EngineContext, "region" | "accountId" | "storage" | "endpoint">;

/** @param options `sendToQueue` delivers a message to the queue with that ARN, where the queue lets S3. */
export function createS3(
  { region, accountId, storage, endpoint }: UsedContext,
  options: Omit<NotifierOptions, "region" | "kept">,
): S3 {
  const bodies = new Bodies(storage.folder("objects"));
  const kept = new KeptObjects(storage, bodies);
  const notifier = { region, kept, ...options };
  const store = new BucketStore(kept);
  const context: S3Context = { region, accountId, store, bodies, notify: (event) => notify(event, notifier) };
  /** Each call is parsed once. */
  const addresses = new WeakMap<Call, S3Address>();
  const addressFor = (call: Call) => {
    const address = addresses.get(call) ?? addressOf(call);
    addresses.set(call, address);
    return address;
  };
  const ownBuckets: Buckets = {
    createBucket: (name) => store.create(name),
    keepVersions: (bucket) => {
      store.get(bucket).versioning = "Enabled";
    },
    setCors: (bucket, rules) => {
      store.get(bucket).cors = rules;
    },
    setNotification: (bucket, queues) => setNotifications(store.get(bucket), queues, notifier),
    writeObject: (write) => writeObject(write, context),
  };
  return {
    apis: [
      {
        ...S3_API,
        takesUnsigned: true,
        addressesFiles: true,
        read: (call) => {
          const address = addressFor(call);
          const { operation: name, bucket, key } = address;
          if (name === undefined) {
            const message = "The specified method is not allowed against this resource.";
            throw new S3Error("MethodNotAllowed", message);
          }
          return {
            name,
            resource: `${bucket}/${key}`,
            isForNobody: name === "Preflight",
            permissions: s3Permissions(address),
            checksBody: CHECK_BODY.includes(name),
            perform: async () => {
              const requestId = newRequestId();
              const { body, ...answer } = await perform(address, call, context, requestId);
              const content = typeof body === "object" ? await body.open() : body;
              return finished({ ...answer, body: content }, address, context, requestId);
            },
          };
        },
        writeError: (error, call) => {
          const requestId = newRequestId();
          const address = addressFor(call);
          return finished(errorAnswer(error, address, requestId), address, context, requestId);
        },
      },
    ],
    resources: bucketResources(ownBuckets),
    localUrl: (host) => (BUCKET_HOST.test(host) ? endpoint() : undefined),
    resume: () => kept.tellRest(({ queueArn, body }) => options.sendToQueue(queueArn, body)),
    buckets: ownBuckets,
    readObject: (read) => readObject(read, context),
  };
}

/** With what all answers of S3 have. */
function finished(answer: Answer, address: S3Address, context: S3Context, requestId: string): Answer {
  const { status, headers, body } = answer;
  return {
    status,
    headers: {
      server: "AmazonS3",
      "x-amz-request-id": requestId,
      "x-amz-id-2": requestId,
      ...(typeof body === "string" && { "content-type": "application/xml" }),
      ...corsAnswer(address, context),
      ...headers,
    },
    ...(body !== undefined && { body }),
  };
}

async function perform(
  address: S3Address,
  { accessKeyId = "anonymous", caller, body, chunks }: Call,
  context: S3Context,
  requestId: string,
): Promise<S3Response> {
  const { operation = "", headers } = address;
  if (address.malformed) throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
  if (Buffer.byteLength(address.key) > 1024) throw new S3Error("KeyTooLongError", "Your key is too long");
  const run = OPERATIONS[operation];
  if (!run) return preflight(address, context);
  assertOwner(headers, context.accountId);
  assertKept(headers);
  return run({ ...address, accessKeyId, caller, requestId, body, chunks }, context);
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
