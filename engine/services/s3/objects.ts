/** Operations on one object: put, get, head, copy, delete. */
import { createHash } from "node:crypto";
import { S3Error } from "./errors.ts";
import { header, type Operation, type S3Request, type S3Response } from "./exchange.ts";
import type { EventName } from "./notifications.ts";
import { readPayload } from "./payload.ts";
import { bucketArn } from "./permissions.ts";
import { checkRead, checkWrite } from "./preconditions.ts";
import { partRange, type Range, requestedRange } from "./ranges.ts";
import {
  type Bucket,
  type BucketStore,
  current,
  findVersion,
  latest,
  type NewObject,
  type ObjectVersion,
  put,
  remove,
  removeVersion,
  type Version,
} from "./store.ts";
import { element, xmlDocument } from "./xml.ts";

export const putObject: Operation = async (request, context) => {
  context.store.get(request.bucket);
  const { body, checksum } = await readPayload(request);
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  // From here to the write nothing is awaited, so that of two conditional writes at once one loses.
  const bucket = context.store.get(request.bucket);
  checkWrite(request, bucket);
  const object = { body, etag, headers: storedHeaders(request), ...(checksum && { checksum }) };
  const version = put(bucket, request.key, object);
  await context.notify(eventOf("ObjectCreated:Put", bucket, version, request));
  return { status: 200, headers: writtenHeaders(bucket, version) };
};

export const getObject: Operation = (request, context) => {
  const bucket = context.store.get(request.bucket);
  const object = readable(bucket, request.key, request.query.get("versionId") ?? undefined, request.caller);
  checkRead(request, object);
  assertNotArchived(object);
  const range = partRange(request, object) ?? requestedRange(request, object.body.length);
  return { ...readAnswer(request, bucket, object, range), body: range ? slice(object, range) : object.body };
};

export const headObject: Operation = (request, context) => {
  const bucket = context.store.get(request.bucket);
  const object = readable(bucket, request.key, request.query.get("versionId") ?? undefined, request.caller);
  checkRead(request, object);
  const range = partRange(request, object) ?? requestedRange(request, object.body.length);
  return readAnswer(request, bucket, object, range);
};

export const copyObject: Operation = async (request, context) => {
  const bucket = context.store.get(request.bucket);
  const source = copySource(request, context.store);
  checkWrite(request, bucket);
  const { body, etag, checksum } = source.object;
  const replaces = header(request.headers, "x-amz-metadata-directive") === "REPLACE";
  const toItself = source.bucket === bucket && source.object === current(bucket, request.key);
  if (toItself && !replaces) {
    const message =
      "This copy request is illegal because it is trying to copy an object to itself without changing its metadata.";
    throw new S3Error("InvalidRequest", message);
  }
  const headers = replaces ? storedHeaders(request) : copiedHeaders(request, source.object);
  const wholeEtag = etag.includes("-") ? `"${createHash("md5").update(body).digest("hex")}"` : etag;
  const version = put(bucket, request.key, { body, etag: wholeEtag, headers, ...(checksum && { checksum }) });
  await context.notify(eventOf("ObjectCreated:Copy", bucket, version, request));
  const sourceVersion = source.object.versionId;
  return {
    status: 200,
    headers: {
      ...versionHeader(bucket, version),
      ...(source.bucket.versioning !== "Off" && { "x-amz-copy-source-version-id": sourceVersion }),
    },
    body: xmlDocument(
      element(
        "CopyObjectResult",
        element("ETag", version.etag),
        element("LastModified", version.lastModified.toISOString()),
      ),
    ),
  };
};

export const deleteObject: Operation = async (request, context) => {
  const bucket = context.store.get(request.bucket);
  const deleted = deleteKey(bucket, request.key, request.query.get("versionId") ?? undefined);
  if (deleted.event) await context.notify(eventOf(deleted.event, bucket, deleted.version, request));
  return {
    status: 204,
    headers: {
      ...(deleted.versionId !== undefined && { "x-amz-version-id": deleted.versionId }),
      ...(deleted.deleteMarker && { "x-amz-delete-marker": "true" }),
    },
  };
};

export type Deleted = {
  /** Of the version that was removed, or of the marker that was made. */
  versionId?: string;
  /** Whether that version is a delete marker. */
  deleteMarker: boolean;
} & ({ event: EventName; version: Version } | { event?: undefined });

/** Deletes as S3 does: without a version id a versioned bucket only gets a delete marker. Missing keys are no error. */
export function deleteKey(bucket: Bucket, key: string, versionId: string | undefined): Deleted {
  if (versionId !== undefined) {
    const version = removeVersion(bucket, key, versionId);
    if (!version) return { versionId, deleteMarker: false };
    return { versionId, deleteMarker: version.deleteMarker, event: "ObjectRemoved:Delete", version };
  }
  const before = latest(bucket, key);
  const marker = remove(bucket, key);
  if (marker) {
    const event = "ObjectRemoved:DeleteMarkerCreated";
    return { versionId: marker.versionId, deleteMarker: true, event, version: marker };
  }
  return before
    ? { deleteMarker: false, event: "ObjectRemoved:Delete", version: before }
    : { deleteMarker: false };
}

/** The object that `x-amz-copy-source` names, after its conditions are checked. */
export function copySource(
  request: S3Request,
  store: BucketStore,
): { bucket: Bucket; object: ObjectVersion } {
  const raw = header(request.headers, "x-amz-copy-source") ?? "";
  const [path = "", versionQuery] = raw.split("?versionId=");
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decodeKey(path));
  if (!match?.[1] || !match[2])
    throw new S3Error(
      "InvalidArgument",
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  const bucket = store.get(match[1]);
  const object = readable(bucket, match[2], versionQuery, request.caller);
  checkRead(request, object, "x-amz-copy-source-");
  assertNotArchived(object);
  return { bucket, object };
}

export function eventOf(name: EventName, bucket: Bucket, version: Version, request: S3Request) {
  return { name, bucket, version, accessKeyId: request.accessKeyId, requestId: request.requestId };
}

/** The headers of a write that come back on every read. */
export function storedHeaders(request: S3Request): Record<string, string> {
  const stored: Record<string, string> = { "content-type": "binary/octet-stream" };
  for (const name of Object.keys(request.headers)) {
    const value = header(request.headers, name);
    if (value === undefined || value === "") continue;
    if (KEPT_HEADERS.includes(name) || name.startsWith("x-amz-meta-")) stored[name] = value;
    // S3 says nothing of the usual one.
    if (name === STORAGE_CLASS && value !== "STANDARD") stored[name] = value;
    if (name === "content-encoding") {
      const encodings = value.split(",").filter((encoding) => encoding.trim() !== "aws-chunked");
      if (encodings.length > 0) stored[name] = encodings.join(",").trim();
    }
  }
  return stored;
}

/** All but the storage class, which is the copy's own. */
function copiedHeaders(request: S3Request, { headers }: ObjectVersion): Record<string, string> {
  const { [STORAGE_CLASS]: _, ...copied } = headers;
  const own = storedHeaders(request)[STORAGE_CLASS];
  return { ...copied, ...(own !== undefined && { [STORAGE_CLASS]: own }) };
}

/** What is in an archive is known, and read only once it was restored: nothing is restored here. */
function assertNotArchived({ headers }: ObjectVersion): void {
  if (!["GLACIER", "DEEP_ARCHIVE"].includes(headers[STORAGE_CLASS] ?? "")) return;
  throw new S3Error("InvalidObjectState", "The operation is not valid for the object's storage class");
}

const STORAGE_CLASS = "x-amz-storage-class";

const KEPT_HEADERS = ["cache-control", "content-disposition", "content-language", "content-type", "expires"];

/** What a write answers about the version it made. */
export function writtenHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return {
    etag: version.etag,
    "x-amz-server-side-encryption": "AES256",
    ...versionHeader(bucket, version),
    ...checksumHeaders(version),
  };
}

export function versionHeader(bucket: Bucket, version: Version): Record<string, string> {
  return bucket.versioning === "Off" ? {} : { "x-amz-version-id": version.versionId };
}

/**
 * The object that a read means, or the error S3 answers where there is none. That there is none is told only to those
 * who may list the bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
function readable(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  caller: S3Request["caller"],
): ObjectVersion {
  const version = versionId === undefined ? latest(bucket, key) : findVersion(bucket, key, versionId);
  if (version?.deleteMarker === false) return version;
  const decision = caller?.authorize({ action: "s3:ListBucket", resource: bucketArn(bucket.name) });
  if (decision && !decision.allowed) throw new S3Error("AccessDenied", decision.reason);
  const markerHeaders = version && { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
  if (versionId === undefined)
    throw new S3Error("NoSuchKey", "The specified key does not exist.", markerHeaders);
  if (!version) throw new S3Error("NoSuchVersion", "The specified version does not exist.");
  const message = "The specified method is not allowed against this resource.";
  throw new S3Error("MethodNotAllowed", message, { ...markerHeaders, allow: "DELETE" });
}

function readAnswer(
  request: S3Request,
  bucket: Bucket,
  object: ObjectVersion,
  range: Range | undefined,
): S3Response {
  const total = object.body.length;
  const wantsChecksum = header(request.headers, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  return {
    status: range ? 206 : 200,
    headers: {
      ...object.headers,
      ...overriddenHeaders(request),
      "accept-ranges": "bytes",
      "content-length": String(range ? range.end - range.start + 1 : total),
      ...(range && { "content-range": `bytes ${range.start}-${range.end}/${total}` }),
      ...(object.parts &&
        request.query.has("partNumber") && { "x-amz-mp-parts-count": String(object.parts.length) }),
      etag: object.etag,
      "last-modified": object.lastModified.toUTCString(),
      "x-amz-server-side-encryption": "AES256",
      ...versionHeader(bucket, object),
      ...(wantsChecksum && !range && checksumHeaders(object)),
    },
  };
}

/** A signed address may say how its answer is to be presented, for instance as a download with a name. */
function overriddenHeaders({ query }: S3Request): Record<string, string> {
  const names = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
  ];
  const overrides = names.flatMap((name) => {
    const value = query.get(`response-${name}`);
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(overrides);
}

function checksumHeaders({ checksum }: NewObject): Record<string, string> {
  if (!checksum) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, "x-amz-checksum-type": checksum.type };
}

function slice({ body }: ObjectVersion, { start, end }: Range): Buffer {
  return body.subarray(start, end + 1);
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error("InvalidArgument", "Copy Source must be URL-encoded.");
  }
}
