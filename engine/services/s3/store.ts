/** The buckets, in each the versions of every key, and the uploads that are under way. */
import { randomBytes } from "node:crypto";
import type { Body } from "./body.ts";
import type { Algorithm, Checksum } from "./checksums.ts";
import type { CorsRule } from "./cors.ts";
import { S3Error } from "./errors.ts";

/** What a write brings; the store adds the rest. */
export interface NewObject {
  body: Body;
  /** With its quotes. */
  etag: string;
  /** Headers that come back on every read: content-type, cache-control, x-amz-meta-…. */
  headers: Record<string, string>;
  checksum?: Checksum;
  /** Byte lengths, for an object of several parts. */
  parts?: number[];
  /** Those that were put on it since: a new object has none. */
  tags?: Tag[];
}

export type Tag = [key: string, value: string];

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

/** One queue that hears of a bucket's events. */
export interface QueueNotification {
  queueArn: string;
  /** Such as `s3:ObjectCreated:*`. */
  events: string[];
  prefix?: string;
  suffix?: string;
  id?: string;
}

export interface Part {
  body: Body;
  /** When it came. */
  at: Date;
  /** With its quotes. */
  etag: string;
  checksum?: Checksum;
}

export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  /** What the object and its parts are checked with; undefined where that is left to each part. */
  readonly algorithm: Algorithm | undefined;
  readonly checksumType: Checksum["type"];
  readonly parts: Map<number, Part>;
  /** What it became, and the request that said so: whoever missed the answer asks again. */
  completed?: { request: string; version: ObjectVersion };
}

export interface Bucket {
  readonly name: string;
  readonly created: Date;
  versioning: "Off" | "Enabled";
  cors: CorsRule[];
  notifications: QueueNotification[];
  /** Per key, oldest version first; never an empty list. */
  readonly keys: Map<string, Version[]>;
  /** The keys in S3's order, until a key comes or goes. */
  sortedKeys: string[] | undefined;
  /** Is told of each key whose versions are others than before. */
  readonly changed: (key: string) => void;
}

/** Writes down what is in the buckets. */
export interface VersionKeeper {
  /** Per key, oldest version first; what an earlier engine left is there. */
  keysOf(bucket: string): Map<string, Version[]>;
  changed(bucket: string, key: string): void;
}

export class BucketStore {
  readonly #buckets = new Map<string, Bucket>();
  readonly #kept: VersionKeeper;
  /** By their ids. */
  readonly uploads = new Map<string, Upload>();

  constructor(kept: VersionKeeper) {
    this.#kept = kept;
  }

  create(name: string): void {
    const valid =
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\.|^\d+(\.\d+){3}$/.test(name);
    if (!valid) throw new S3Error("InvalidBucketName", `The specified bucket is not valid: ${name}`);
    this.#buckets.set(name, {
      name,
      created: new Date(),
      versioning: "Off",
      cors: [],
      notifications: [],
      keys: this.#kept.keysOf(name),
      sortedKeys: undefined,
      changed: (key) => this.#kept.changed(name, key),
    });
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
    const versions = bucket.keys.get(key);
    if (!versions) return undefined;
    forgetKey(bucket, key);
    versions.forEach(removeBody);
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
  if (versions.length === 0) forgetKey(bucket, key);
  else bucket.changed(key);
  if (removed) removeBody(removed);
  return removed;
}

function forgetKey(bucket: Bucket, key: string): void {
  bucket.keys.delete(key);
  bucket.sortedKeys = undefined;
  bucket.changed(key);
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
    bucket.changed(version.key);
    return;
  }
  const index = version.versionId === "null" ? versions.findIndex((other) => other.versionId === "null") : -1;
  const replaced = index === -1 ? [] : versions.splice(index, 1);
  versions.push(version);
  bucket.changed(version.key);
  replaced.forEach(removeBody);
}

function removeBody(version: Version): void {
  if (!version.deleteMarker) version.body.remove();
}
