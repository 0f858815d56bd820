/** Requests that count only if the object is (or is not) what the caller believes. */
import { S3Error } from "./errors.ts";
import type { S3Request } from "./exchange.ts";
import { type Bucket, current, latest, type ObjectVersion } from "./store.ts";

const FAILED = "At least one of the pre-conditions you specified did not hold";

/**
 * Conditional writes: `If-None-Match: *` writes only a new key, `If-Match: <etag>` only over that very object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(request: S3Request, bucket: Bucket): void {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  const object = current(bucket, request.key);
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== "*")
      throw new S3Error("NotImplemented", "A conditional write takes If-None-Match: * and no other value.");
    if (object) throw new S3Error("PreconditionFailed", FAILED);
  }
  if (ifMatch !== undefined) {
    if (!object) throw new S3Error("NoSuchKey", "The specified key does not exist.");
    if (!sameEtag(ifMatch, object.etag)) throw new S3Error("PreconditionFailed", FAILED);
  }
}

/**
 * Conditional deletes, which count for the current object only: `<etag>` deletes that very object, `*` any that is there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
export function checkDelete(bucket: Bucket, key: string, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const version = latest(bucket, key);
  if (!version) throw new S3Error("NoSuchKey", "The specified key does not exist.");
  if (version.deleteMarker || !matchesAny(ifMatch, version.etag))
    throw new S3Error("PreconditionFailed", FAILED);
}

/** Conditional reads, in the order of precedence of RFC 7232. `prefix` is that of the copy-source headers. */
export function checkRead(request: S3Request, object: ObjectVersion, prefix = ""): void {
  const condition = (name: string) => request.headers[`${prefix}${name}`];
  const notModified = prefix === "" ? "NotModified" : "PreconditionFailed";
  const validators = { etag: object.etag, "last-modified": object.lastModified.toUTCString() };
  const ifMatch = condition("if-match");
  const ifNoneMatch = condition("if-none-match");
  if (ifMatch !== undefined) {
    if (!matchesAny(ifMatch, object.etag)) throw new S3Error("PreconditionFailed", FAILED);
  } else if (isAfter(object.lastModified, condition("if-unmodified-since")) === true) {
    throw new S3Error("PreconditionFailed", FAILED);
  }
  if (ifNoneMatch !== undefined) {
    if (matchesAny(ifNoneMatch, object.etag)) throw new S3Error(notModified, FAILED, validators);
  } else if (isAfter(object.lastModified, condition("if-modified-since")) === false) {
    throw new S3Error(notModified, FAILED, validators);
  }
}

function matchesAny(condition: string, etag: string): boolean {
  return condition.split(",").some((one) => one.trim() === "*" || sameEtag(one, etag));
}

function sameEtag(a: string, b: string): boolean {
  return a.trim().replaceAll('"', "") === b.replaceAll('"', "");
}

/** HTTP dates have whole seconds, so the fraction of the object's does not count. */
function isAfter(modified: Date, httpDate: string | undefined): boolean | undefined {
  const limit = Date.parse(httpDate ?? "");
  return Number.isNaN(limit) ? undefined : Math.floor(modified.getTime() / 1000) * 1000 > limit;
}
