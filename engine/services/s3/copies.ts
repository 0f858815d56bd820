/** Objects that are made out of objects. */
import { createHash } from "node:crypto";
import { element } from "../../http/xml.ts";
import { algorithmNamed, checksumElement, checksumOf } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { type Operation, type S3Request, xmlAnswer } from "./exchange.ts";
import { STORAGE_CLASS, storedHeaders, versionHeaders } from "./headers.ts";
import { eventOf } from "./notifications.ts";
import { assertNotArchived, readable } from "./objects.ts";
import { etagOf } from "./payload.ts";
import { checkRead, checkWrite } from "./preconditions.ts";
import { type Bucket, type BucketStore, current, type ObjectVersion, put } from "./store.ts";

export const copyObject: Operation = async (request, context) => {
  const bucket = context.store.get(request.bucket);
  const source = copySource(request, context.store);
  assertChanging(request, bucket, source.object);
  const headers = copiedHeaders(request, source.object);
  const { body } = source.object;
  const bytes = await body.read();
  const algorithm =
    algorithmNamed(request.headers["x-amz-checksum-algorithm"]) ?? source.object.checksum?.algorithm;
  const checksum = algorithm && (await checksumOf(algorithm, bytes));
  const etag = etagOf(createHash("md5").update(bytes).digest());
  checkWrite(request, bucket);
  const version = put(bucket, request.key, { body, etag, headers, ...(checksum && { checksum }) });
  await context.notify(eventOf("ObjectCreated:Copy", bucket, version, request));
  const result = element(
    "CopyObjectResult",
    element("ETag", etag),
    element("LastModified", version.lastModified.toISOString()),
    checksumElement(checksum),
  );
  return xmlAnswer(result, { ...versionHeaders(bucket, version), ...sourceHeaders(source) });
};

interface Source {
  bucket: Bucket;
  object: ObjectVersion;
}

/** The object that `x-amz-copy-source` names, after its conditions are checked. */
export function copySource(request: S3Request, store: BucketStore): Source {
  const [path = "", versionId = null] = (request.headers["x-amz-copy-source"] ?? "").split("?versionId=");
  const [, name, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path)) ?? [];
  if (name === undefined || key === undefined)
    throw new S3Error(
      "InvalidArgument",
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  const bucket = store.get(name);
  const object = readable(request, bucket, key, versionId);
  checkRead(request, object, "x-amz-copy-source-");
  assertNotArchived(object);
  return { bucket, object };
}

export function sourceHeaders({ bucket, object }: Source): Record<string, string> {
  return bucket.versioning === "Off" ? {} : { "x-amz-copy-source-version-id": object.versionId };
}

function assertChanging(request: S3Request, bucket: Bucket, object: ObjectVersion): void {
  const { headers } = request;
  const changes =
    headers["x-amz-metadata-directive"] === "REPLACE" ||
    headers[STORAGE_CLASS] !== undefined ||
    headers["x-amz-server-side-encryption"] !== undefined;
  if (changes || object !== current(bucket, request.key)) return;
  const message =
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
  throw new S3Error("InvalidRequest", message);
}

/** All but the storage class, which is the copy's own. */
function copiedHeaders(request: S3Request, { headers }: ObjectVersion): Record<string, string> {
  const own = storedHeaders(request);
  if (request.headers["x-amz-metadata-directive"] === "REPLACE") return own;
  const { [STORAGE_CLASS]: _, ...copied } = headers;
  return { ...copied, ...(own[STORAGE_CLASS] !== undefined && { [STORAGE_CLASS]: own[STORAGE_CLASS] }) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new S3Error("InvalidArgument", "Copy Source must be URL-encoded.");
  }
}
