/** The headers of objects: what a write brings and a read gives back, and what is refused because it would be lost. */
import { checksumHeaders } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import type { S3Request } from "./exchange.ts";
import type { Bucket, ObjectVersion } from "./store.ts";

export const STORAGE_CLASS = "x-amz-storage-class";
const ENCRYPTION = "x-amz-server-side-encryption";
const METADATA = "x-amz-meta-";

/** S3 acts on these; here they would be ignored silently. Tags that are copied, or not, are none. */
const NOT_KEPT =
  /^x-amz-(tagging$|object-lock-|bypass-governance-|website-redirect-location$|server-side-encryption-|copy-source-server-side-encryption-|write-offset-bytes$|if-match-)/;

/** The ACLs that mean what holds anyway: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
const USUAL_ACLS = ["private", "bucket-owner-full-control"];

/** @throws S3Error for what S3 would act on and this engine cannot */
export function assertKept(headers: S3Request["headers"]): void {
  const { "x-amz-acl": acl = "private", [ENCRYPTION]: encryption = "AES256" } = headers;
  const names = Object.keys(headers);
  if (!USUAL_ACLS.includes(acl) || names.some((name) => name.startsWith("x-amz-grant-")))
    throw new S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs");
  const Header = names.find((name) => NOT_KEPT.test(name)) ?? (encryption === "AES256" ? "" : ENCRYPTION);
  if (Header === "") return;
  const message = `A header you provided implies functionality that is not implemented: ${Header}`;
  throw new S3Error("NotImplemented", message, {}, { Header });
}

const EXPECTED_OWNERS = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];

/** Whoever names an owner must not reach another's bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
export function assertOwner(headers: S3Request["headers"], accountId: string): void {
  for (const name of EXPECTED_OWNERS)
    if ((headers[name] ?? accountId) !== accountId) throw new S3Error("AccessDenied", "Access Denied");
}

const KEPT = ["cache-control", "content-disposition", "content-language", "content-type", "expires"];

/** The headers of a write that come back on every read. @throws S3Error when there is too much metadata */
export function storedHeaders({ headers }: Pick<S3Request, "headers">): Record<string, string> {
  const stored: Record<string, string> = { "content-type": "binary/octet-stream" };
  for (const [name, value] of Object.entries(headers)) {
    if (value === "") continue;
    if (name.startsWith("x-amz-")) assertPresentable(name, value);
    if (KEPT.includes(name) || name.startsWith(METADATA)) stored[name] = value;
    // S3 says nothing of the usual one.
    if (name === STORAGE_CLASS && value !== "STANDARD") stored[name] = value;
    if (name === "content-encoding") {
      const encodings = value.split(",").filter((encoding) => encoding.trim() !== "aws-chunked");
      if (encodings.length > 0) stored[name] = encodings.join(",").trim();
    }
  }
  assertSmall(stored);
  return stored;
}

const MAX_METADATA_BYTES = 2048;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
function assertSmall(stored: Record<string, string>): void {
  const metadata = Object.entries(stored).filter(([name]) => name.startsWith(METADATA));
  // A character is a byte.
  const size = metadata.reduce((sum, [name, value]) => sum + name.length - METADATA.length + value.length, 0);
  if (size <= MAX_METADATA_BYTES) return;
  const message = "Your metadata headers exceed the maximum allowed metadata size";
  const details = { Size: String(size), MaxSizeAllowed: String(MAX_METADATA_BYTES) };
  throw new S3Error("MetadataTooLarge", message, {}, details);
}

/** A signed address may say how its answer is to be presented, for instance as a download with a name. */
export function overriddenHeaders({ query }: S3Request): Record<string, string> {
  const overrides = [...KEPT, "content-encoding"].flatMap((name) => {
    const value = query.get(`response-${name}`);
    if (value === null) return [];
    assertPresentable(`response-${name}`, value);
    return [[name, value]];
  });
  return Object.fromEntries(overrides);
}

/** What came in an address may be more than a header can say. */
function assertPresentable(ArgumentName: string, value: string): void {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  const message = "Header value cannot be represented using ISO-8859-1.";
  throw new S3Error("InvalidArgument", message, {}, { ArgumentName });
}

/** What a write answers about the version it made. */
export function writtenHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return { etag: version.etag, ...versionHeaders(bucket, version), ...checksumHeaders(version.checksum) };
}

/** What every answer about an object says. */
export function versionHeaders(
  { versioning }: Bucket,
  { versionId }: Pick<ObjectVersion, "versionId">,
): Record<string, string> {
  return {
    [ENCRYPTION]: "AES256",
    ...(versioning !== "Off" && { "x-amz-version-id": versionId }),
  };
}
