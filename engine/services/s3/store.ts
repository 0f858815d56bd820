/** The buckets, and in each the versions of every key. Bodies are kept once and never copied. */
import { randomBytes } from "node:crypto";
import type { CorsRule } from "./cors.ts";
import { S3Error } from "./errors.ts";
import type { QueueNotification } from "./notifications.ts";

export interface Checksum {
  /** As in the header `x-amz-checksum-<algorithm>`: `crc32`, `crc32c`, `crc64nvme`, `sha1`, `sha256`. */
  algorithm: string;
  /** Base64. */
  value: string;
  type: "FULL_OBJECT" | "COMPOSITE";
}

/** What a write brings; the store adds the rest. */
export interface NewObject {
  body: Buffer;
  /** With its quotes. */
  etag: string;
  /** Headers that come back on every read: content-type, cache-control, x-amz-meta-…. */
  headers: Record<string, string>;
  checksum?: Checksum;
  /** Byte lengths, for an object of several parts. */
  parts?: number[];
}

export interface ObjectVersion extends NewObject {
  key: string;
  /** "null" for versions written while versioning was not on. */
  versionId: string;
  lastModified: Date;
  deleteMarker: false;
}

export interface DeleteMarker {
  key: string;
  versionId: string;
  lastModified: Date;
  deleteMarker: true;
}

export type Version = ObjectVersion | DeleteMarker;

export interface Bucket {
  readonly name: string;
  readonly created: Date;
  versioning: "Off" | "Enabled" | "Suspended";
  cors: CorsRule[];
  notifications: QueueNotification[];
  /** Per key, oldest version first; never an empty list. */
  readonly keys: Map<string, Version[]>;
  /** The keys in S3's order, until a key comes or goes. */
  sortedKeys: string[] | undefined;
}

export class BucketStore {
  readonly #buckets = new Map<string, Bucket>();

  create(name: string): Bucket {
    const valid =
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\.|^\d+(\.\d+){3}$/.test(name);
    if (!valid) throw new S3Error("InvalidBucketName", `The specified bucket is not valid: ${name}`);
    const bucket: Bucket = {
      name,
      created: new Date(),
      versioning: "Off",
      cors: [],
      notifications: [],
      keys: new Map(),
      sortedKeys: undefined,
    };
    this.#buckets.set(name, bucket);
    return bucket;
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  get(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (!bucket) throw new S3Error("NoSuchBucket", `The specified bucket does not exist: ${name}`);
    return bucket;
  }

  /** By name. */
  all(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => compareUtf8(a.name, b.name));
  }

  remove(name: string): void {
    if (this.get(name).keys.size > 0) {
      const message =
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
      throw new S3Error("BucketNotEmpty", message);
    }
    this.#buckets.delete(name);
  }
}

/** The newest version, a delete marker included. */
export function latest(bucket: Bucket, key: string): Version | undefined {
  return bucket.keys.get(key)?.at(-1);
}

/** The object as a plain GET sees it. */
export function current(bucket: Bucket, key: string): ObjectVersion | undefined {
  const version = latest(bucket, key);
  return version?.deleteMarker === false ? version : undefined;
}

export function findVersion(bucket: Bucket, key: string, versionId: string): Version | undefined {
  return bucket.keys.get(key)?.find((version) => version.versionId === versionId);
}

/** Makes the object the newest version of its key. */
export function put(bucket: Bucket, key: string, object: NewObject): ObjectVersion {
  const versionId = newVersionId(bucket);
  const version: ObjectVersion = { ...object, key, versionId, lastModified: new Date(), deleteMarker: false };
  append(bucket, version);
  return version;
}

/** A DELETE without a version id. Answers the marker, if the bucket keeps versions. */
export function remove(bucket: Bucket, key: string): DeleteMarker | undefined {
  if (bucket.versioning === "Off") {
    if (bucket.keys.delete(key)) bucket.sortedKeys = undefined;
    return undefined;
  }
  const versionId = newVersionId(bucket);
  const marker: DeleteMarker = { key, versionId, lastModified: new Date(), deleteMarker: true };
  append(bucket, marker);
  return marker;
}

/** A DELETE with a version id. Answers what was removed. */
export function removeVersion(bucket: Bucket, key: string, versionId: string): Version | undefined {
  const versions = bucket.keys.get(key);
  const index = versions?.findIndex((version) => version.versionId === versionId) ?? -1;
  if (!versions || index === -1) return undefined;
  const [removed] = versions.splice(index, 1);
  if (versions.length === 0) {
    bucket.keys.delete(key);
    bucket.sortedKeys = undefined;
  }
  return removed;
}

/** The keys in the order in which S3 lists them: by their UTF-8 bytes. */
export function sortedKeys(bucket: Bucket): string[] {
  bucket.sortedKeys ??= [...bucket.keys.keys()].sort(compareUtf8);
  return bucket.sortedKeys;
}

/** Orders like the UTF-8 bytes, without making them: only surrogates are out of place in UTF-16. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA === unitB) continue;
    return codePointOrder(unitA) - codePointOrder(unitB);
  }
  return a.length - b.length;
}

function codePointOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function newVersionId(bucket: Bucket): string {
  return bucket.versioning === "Enabled" ? randomBytes(24).toString("base64url") : "null";
}

function append(bucket: Bucket, version: Version): void {
  const versions = bucket.keys.get(version.key);
  if (!versions) {
    bucket.keys.set(version.key, [version]);
    bucket.sortedKeys = undefined;
    return;
  }
  const replaced =
    version.versionId === "null" ? versions.findIndex((other) => other.versionId === "null") : -1;
  if (replaced !== -1) versions.splice(replaced, 1);
  versions.push(version);
}
