/** Putting, getting and describing one object. */
import type { Readable } from "node:stream";
import type { Range } from "./body.ts";
import { checksumHeaders } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { eventOf } from "./events.ts";
import type { Operation, S3Context, S3Request, S3Response } from "./exchange.ts";
import {
  overriddenHeaders,
  STORAGE_CLASS,
  storedHeaders,
  versionHeaders,
  writtenHeaders,
} from "./headers.ts";
import { Payload } from "./payload.ts";
import { bucketArn } from "./permissions.ts";
import { checkRead, checkWrite } from "./preconditions.ts";
import { partRange, requestedRange } from "./ranges.ts";
import { type Bucket, findVersion, latest, type ObjectVersion, put } from "./store.ts";

export const putObject: Operation = async (request, context) => {
  context.store.get(request.bucket);
  const headers = storedHeaders(request);
  const payload = new Payload(request);
  const body = await context.bodies.keep(payload);
  // From here to the write nothing is awaited, so that of two conditional writes at once one loses.
  const bucket = context.store.get(request.bucket);
  body.keepIf(() => checkWrite(request, bucket));
  const version = put(bucket, request.key, { body, headers, ...payload.facts });
  await context.notify(eventOf("ObjectCreated:Put", bucket, version, request));
  return { status: 200, headers: writtenHeaders(bucket, version) };
};

export const getObject: Operation = (request, context) => {
  const { object, range, ...answer } = find(request, context);
  assertNotArchived(object);
  return { ...answer, body: { open: () => opened(object, range) } };
};

/** @throws S3Error when the object was deleted meanwhile */
export async function opened({ body }: ObjectVersion, range?: Range): Promise<Readable> {
  return body.open(range).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new S3Error("NoSuchKey", "The specified key does not exist.");
  });
}

export const headObject: Operation = (request, context) => {
  const { object: _, range: __, ...answer } = find(request, context);
  return answer;
};

/** What a read means, and what is answered about it. */
function find(
  request: S3Request,
  { store }: S3Context,
): S3Response & { object: ObjectVersion; range?: Range } {
  const { query, headers } = request;
  const bucket = store.get(request.bucket);
  const object = readable(request, bucket, request.key, query.get("versionId"));
  checkRead(request, object);
  const { size } = object.body;
  const range = partRange(request, object) ?? requestedRange(request, size);
  const wantsChecksum = headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED";
  return {
    object,
    ...(range && { range }),
    status: range ? 206 : 200,
    headers: {
      ...object.headers,
      ...overriddenHeaders(request),
      "accept-ranges": "bytes",
      "content-length": String(range ? range.end - range.start + 1 : size),
      ...(range && { "content-range": `bytes ${range.start}-${range.end}/${size}` }),
      ...(object.parts && query.has("partNumber") && { "x-amz-mp-parts-count": String(object.parts.length) }),
      etag: object.etag,
      "last-modified": object.lastModified.toUTCString(),
      ...versionHeaders(bucket, object),
      ...(wantsChecksum && !range && checksumHeaders(object.checksum)),
    },
  };
}

/**
 * The object that a read means, or the error S3 answers where there is none. That there is none is told only to those
 * who may list the bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function readable(
  { caller }: Pick<S3Request, "caller">,
  bucket: Bucket,
  key: string,
  versionId: string | null,
): ObjectVersion {
  const version = versionId === null ? latest(bucket, key) : findVersion(bucket, key, versionId);
  if (version?.deleteMarker === false) return version;
  const refusal = caller?.refusalOf({ action: "s3:ListBucket", resource: bucketArn(bucket.name) });
  if (refusal !== undefined) throw new S3Error("AccessDenied", refusal);
  const markerHeaders = version && { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
  if (versionId === null) throw new S3Error("NoSuchKey", "The specified key does not exist.", markerHeaders);
  if (!version) throw new S3Error("NoSuchVersion", "The specified version does not exist.");
  const message = "The specified method is not allowed against this resource.";
  throw new S3Error("MethodNotAllowed", message, { ...markerHeaders, allow: "DELETE" });
}

/** What is in an archive is known, and read only once it was restored: nothing is restored here. */
export function assertNotArchived({ headers }: ObjectVersion): void {
  if (!["GLACIER", "DEEP_ARCHIVE"].includes(headers[STORAGE_CLASS] ?? "")) return;
  throw new S3Error("InvalidObjectState", "The operation is not valid for the object's storage class");
}
