/** Lists of objects and versions, page by page. */
import { element, optional, type Xml } from "../../http/xml.ts";
import { S3Error } from "./errors.ts";
import { type Operation, type S3Request, type S3Response, xmlAnswer } from "./exchange.ts";
import {
  type Bucket,
  compareUtf8,
  current,
  latest,
  type ObjectVersion,
  sortedKeys,
  type Version,
} from "./store.ts";

export const listObjectsV2: Operation = (request, { store }) => {
  const bucket = store.get(request.bucket);
  const token = request.query.get("continuation-token") ?? undefined;
  const startAfter = request.query.get("start-after") ?? undefined;
  const options = optionsOf(request);
  const after = token === undefined ? (startAfter ?? "") : fromToken(token);
  const page = listPage(bucket, options, after, currentOnly);
  return listAnswer("ListBucketResult", bucket, options, page, [
    element("KeyCount", page.count),
    optional("ContinuationToken", token),
    optional("StartAfter", startAfter && options.encode(startAfter)),
    optional("NextContinuationToken", page.next && Buffer.from(page.next).toString("base64url")),
    ...page.versions.map((version) => objectEntry(version, options)),
  ]);
};

/** Version 1: rclone, and boto3's collections. */
export const listObjects: Operation = (request, { store }) => {
  const bucket = store.get(request.bucket);
  const marker = request.query.get("marker") ?? "";
  const options = optionsOf(request);
  const page = listPage(bucket, options, marker, currentOnly);
  return listAnswer("ListBucketResult", bucket, options, page, [
    element("Marker", options.encode(marker)),
    optional("NextMarker", options.delimiter && page.next && options.encode(page.next)),
    ...page.versions.map((version) => objectEntry(version, options)),
  ]);
};

export const listObjectVersions: Operation = (request, { store }) => {
  const bucket = store.get(request.bucket);
  const keyMarker = request.query.get("key-marker") ?? "";
  const versionIdMarker = request.query.get("version-id-marker") ?? undefined;
  const options = optionsOf(request);
  const page = listPage(bucket, options, keyMarker, newestFirst, versionIdMarker);
  return listAnswer("ListVersionsResult", bucket, options, page, [
    element("KeyMarker", options.encode(keyMarker)),
    optional("VersionIdMarker", versionIdMarker),
    optional("NextKeyMarker", page.next && options.encode(page.next)),
    optional("NextVersionIdMarker", page.next && page.nextVersionId),
    ...page.versions.map((version) => versionEntry(bucket, version, options)),
  ]);
};

/** What all lists say, and what is one's own. */
function listAnswer(
  name: string,
  bucket: Bucket,
  { encode, prefix, delimiter, maxKeys, encodingType }: ListOptions,
  { next, prefixes }: Page<Version>,
  own: (Xml | undefined)[],
): S3Response {
  const body = element(
    name,
    element("Name", bucket.name),
    element("Prefix", encode(prefix)),
    optional("Delimiter", delimiter && encode(delimiter)),
    element("MaxKeys", maxKeys),
    optional("EncodingType", encodingType),
    element("IsTruncated", next !== undefined),
    ...own,
    ...prefixes.map((common) => element("CommonPrefixes", element("Prefix", encode(common)))),
  );
  return xmlAnswer(body);
}

interface ListOptions {
  prefix: string;
  delimiter: string | undefined;
  maxKeys: number;
  encodingType: string | undefined;
  encode(text: string): string;
}

function optionsOf({ query }: S3Request): ListOptions {
  const maxKeys = Number(query.get("max-keys") ?? 1000);
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw new S3Error("InvalidArgument", "Provided max-keys not an integer or within integer range");
  const encodingType = query.get("encoding-type") ?? undefined;
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") || undefined,
    maxKeys: Math.min(maxKeys, 1000),
    encodingType,
    encode: (text) => (encodingType === "url" ? encodeURIComponent(text).replaceAll("%2F", "/") : text),
  };
}

interface Page<V extends Version> {
  versions: V[];
  prefixes: string[];
  count: number;
  /** Where the next page goes on, if there is one: the last key or common prefix of this one. */
  next?: string;
  nextVersionId?: string;
}

/**
 * The versions and common prefixes after `after`, in order. With `afterVersionId` the page starts within the versions of the key
 * `after`, behind that version.
 */
function listPage<V extends Version>(
  bucket: Bucket,
  { prefix, delimiter, maxKeys }: ListOptions,
  after: string,
  versionsOf: (bucket: Bucket, key: string) => V[],
  afterVersionId?: string,
): Page<V> {
  const page: Page<V> = { versions: [], prefixes: [], count: 0 };
  if (maxKeys === 0) return page;
  const keys = sortedKeys(bucket);
  let last: { next: string; nextVersionId?: string } = { next: after };
  for (
    let index = placeOf(compareUtf8(after, prefix) > 0 ? after : prefix, keys);
    index < keys.length;
    index += 1
  ) {
    const key = keys[index] ?? "";
    if (!key.startsWith(prefix)) break;
    const cut = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const common = delimiter === undefined || cut === -1 ? undefined : key.slice(0, cut + delimiter.length);
    if (common !== undefined && (common === after || common === page.prefixes.at(-1))) continue;
    if (key === after && afterVersionId === undefined) continue;
    let versions = versionsOf(bucket, key);
    if (key === after)
      versions = versions.slice(versions.findIndex((one) => one.versionId === afterVersionId) + 1);
    for (const version of common === undefined ? versions : versions.slice(0, 1)) {
      if (page.count === maxKeys) return { ...page, ...last };
      if (common === undefined) page.versions.push(version);
      else page.prefixes.push(common);
      last = common === undefined ? { next: key, nextVersionId: version.versionId } : { next: common };
      page.count += 1;
    }
  }
  return page;
}

/** The index of the first key that is not before `key`. */
function placeOf(key: string, keys: string[]): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(keys[middle] ?? "", key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function newestFirst(bucket: Bucket, key: string): Version[] {
  return (bucket.keys.get(key) ?? []).toReversed();
}

function currentOnly(bucket: Bucket, key: string): ObjectVersion[] {
  const object = current(bucket, key);
  return object ? [object] : [];
}

function objectEntry(object: ObjectVersion, { encode }: ListOptions): Xml {
  return element("Contents", element("Key", encode(object.key)), ...objectFacts(object));
}

function versionEntry(bucket: Bucket, version: Version, { encode }: ListOptions): Xml {
  const place = [
    element("Key", encode(version.key)),
    element("VersionId", version.versionId),
    element("IsLatest", latest(bucket, version.key) === version),
  ];
  if (!version.deleteMarker) return element("Version", ...place, ...objectFacts(version));
  return element("DeleteMarker", ...place, element("LastModified", version.lastModified.toISOString()));
}

function objectFacts({ lastModified, etag, body }: ObjectVersion): Xml[] {
  return [
    element("LastModified", lastModified.toISOString()),
    element("ETag", etag),
    element("Size", body.size),
    element("StorageClass", "STANDARD"),
  ];
}

function fromToken(token: string): string {
  return Buffer.from(token, "base64url").toString("utf8");
}
