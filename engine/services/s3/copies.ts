/** Objects that are made out of objects. */
import { element } from "../../http/xml.ts";
import { algorithmNamed, checksumElement, Digesting } from "./checksums.ts";
import { copySourceIn } from "./copy-source.ts";
import { S3Error } from "./errors.ts";
import { eventOf } from "./events.ts";
import { type Operation, type S3Request, xmlAnswer } from "./exchange.ts";
import { STORAGE_CLASS, storedHeaders, versionHeaders } from "./headers.ts";
import { assertNotArchived, opened, readable } from "./objects.ts";
import { etagOf } from "./payload.ts";
import { checkRead, checkWrite } from "./preconditions.ts";
import { type Bucket, type BucketStore, current, type ObjectVersion, put } from "./store.ts";

export const copyObject: Operation = async (request, context) => {
  const bucket = context.store.get(request.bucket);
  const source = readSource(request, context.store);
  assertChanging(request, bucket, source.object);
  const headers = copiedHeaders(request, source.object);
  const algorithm =
    algorithmNamed(request.headers["x-amz-checksum-algorithm"]) ?? source.object.checksum?.algorithm;
  const bytes = new Digesting(await opened(source.object), ["md5", algorithm]);
  const body = await context.bodies.keep(bytes);
  const checksum = algorithm && (await bytes.checksum(algorithm));
  const etag = etagOf(await bytes.digest("md5"));
  body.keepIf(() => checkWrite(request, bucket));
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

/** The object that is copied, after its conditions are checked. */
export function readSource(request: S3Request, store: BucketStore): Source {
  const source = copySourceIn(request.headers);
  if (!source) throw new S3Error("InvalidArgument", "Copy Source must mention the source bucket and key.");
  const bucket = store.get(source.bucket);
  const object = readable(request, bucket, source.key, source.versionId ?? null);
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
