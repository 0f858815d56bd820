/** Objects in S3, as the functions read and write them. */
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { ImageRejected } from "./errors.ts";
import { REJECTED_TAG, REPLACED_TAG } from "./keys.ts";
import type { OutputFormat } from "./preset.ts";
import { CONTENT_TYPES } from "./settings.ts";
import type { Access, Image } from "./state.ts";

const SETTINGS = {
  // Emulators are addressed by path; AWS by host name.
  forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
  // Links that are handed out are not to ask for a checksum of a body that does not exist yet.
  requestChecksumCalculation: "WHEN_REQUIRED",
} satisfies S3ClientConfig;

export const s3 = new S3Client(SETTINGS);

/** Acts with what the execution was given, over the same connections. */
export function s3With(access: Access): S3Client {
  return new S3Client({
    ...SETTINGS,
    credentials: access,
    requestHandler: s3.config.requestHandler,
    // S3's logs tell by whose rights something was done, and so by whom.
    userAgentAppId: process.env.AWS_LAMBDA_FUNCTION_NAME,
  });
}

const GONE = "The original was deleted before it could be processed. Upload it again if it is still wanted.";

const ARCHIVED =
  "The original is in an archive and cannot be read at once. Whoever runs this has to restore it first.";

/**
 * Reads an original, or its first `firstBytes` bytes, in exactly the version that the execution is about.
 * @throws ImageRejected when that version no longer exists (ORIGINAL_GONE), or is in an archive (ORIGINAL_ARCHIVED).
 */
export async function readOriginal(
  image: Image,
  { client, firstBytes }: { client: S3Client; firstBytes?: number },
): Promise<OriginalBytes> {
  const range = firstBytes === undefined ? {} : { Range: `bytes=0-${firstBytes - 1}` };
  try {
    const object = await client.send(
      new GetObjectCommand({ Bucket: image.bucket, Key: image.key, VersionId: image.versionId, ...range }),
    );
    return {
      bytes: await bodyOf(object),
      totalBytes: totalBytesOf(object),
      metadata: object.Metadata ?? {},
    };
  } catch (error) {
    // An empty object has no range that could be answered.
    if (isServiceError(error, 416)) return { bytes: Buffer.alloc(0), totalBytes: 0, metadata: {} };
    if (error instanceof S3ServiceException && error.name === "InvalidObjectState")
      throw new ImageRejected("ORIGINAL_ARCHIVED", ARCHIVED, { cause: error });
    if (isServiceError(error, 404)) throw new ImageRejected("ORIGINAL_GONE", GONE, { cause: error });
    throw error;
  }
}

export interface OriginalBytes {
  bytes: Buffer;
  totalBytes: number;
  metadata: Record<string, string>;
}

/**
 * Whether there is no object under the image's key now, whatever versions there were: those of a versioned bucket outlive the
 * deletion, and reading one would bring back an image that its owner meant to be gone.
 */
export async function isDeleted(image: Pick<Image, "bucket" | "key">): Promise<boolean> {
  return (await currentVersion(image)) === undefined;
}

interface Current {
  version: CurrentVersion;
  isArchived: boolean;
  /** What its uploader said in headers `x-amz-meta-…`. */
  metadata: Record<string, string>;
}

export type CurrentVersion = Pick<Image, "versionId" | "etag" | "bytes" | "uploadedAt">;

/** Where objects cannot be read before they are restored: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html */
const ARCHIVE_CLASSES = ["GLACIER", "DEEP_ARCHIVE"];

/**
 * What is under a key now, and whether it has to be restored from an archive before it can be read.
 * @returns undefined when there is nothing.
 */
export async function currentVersion({
  bucket,
  key,
}: Pick<Image, "bucket" | "key">): Promise<Current | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const version = {
      ...(head.VersionId === undefined ? {} : { versionId: head.VersionId }),
      // Events have it without the quotes.
      etag: (head.ETag ?? "").replaceAll('"', ""),
      bytes: head.ContentLength ?? 0,
      uploadedAt: (head.LastModified ?? new Date()).toISOString(),
    };
    const isRestored = head.Restore?.includes('ongoing-request="false"') ?? false;
    const isArchived = ARCHIVE_CLASSES.includes(head.StorageClass ?? "") && !isRestored;
    return { version, isArchived, metadata: head.Metadata ?? {} };
  } catch (error) {
    if (isServiceError(error, 404)) return undefined;
    throw error;
  }
}

export async function readStaged(
  bucket: string,
  { key, offset, bytes }: { key: string; offset: number; bytes: number },
): Promise<Buffer> {
  const Range = `bytes=${offset}-${offset + bytes - 1}`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
  if (!(Body instanceof Readable)) throw new Error("S3 answered without a body.");
  // As it comes: pieces that are kept until all are there would take as much again.
  const pixels = Buffer.allocUnsafe(bytes);
  let read = 0;
  for await (const piece of Body) read += piece.copy(pixels, read);
  if (read < bytes) throw new Error(`Only ${read} bytes came, fewer than were staged.`);
  return pixels;
}

/**
 * Sends each part as soon as it is there, from the first one on. What is sent so is neither copied together nor hashed for the
 * signature (TLS protects it); but the SDK sends no stream a second time, so what fails once is sent in one piece.
 */
export async function writeStaged(
  client: S3Client,
  bucket: string,
  { key, bytes, parts }: { key: string; bytes: number; parts: Promise<Buffer>[] },
): Promise<void> {
  const put = (Body: Readable | Buffer, abortSignal?: AbortSignal) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: bytes }), {
      ...(abortSignal && { abortSignal }),
    });
  const whole = Promise.all(parts);
  // Attended to below, later than it may fail.
  whole.catch(() => undefined);
  await parts[0];
  const sending = new AbortController();
  // The SDK takes no notice of a stream that breaks off.
  const body = Readable.from(inTurn(parts)).on("error", () => sending.abort());
  await put(body, sending.signal).catch(async () => put(inOnePiece(await whole)));
}

function inOnePiece(parts: Buffer[]): Buffer {
  const [only] = parts;
  return only && parts.length === 1 ? only : Buffer.concat(parts);
}

async function* inTurn(parts: Promise<Buffer>[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield await part;
}

/** Writes a variant, under a key that is its own for ever: what is there can be kept by whoever has read it. */
export function writeVariant(variant: {
  bucket: string;
  key: string;
  bytes: Buffer;
  contentType: string;
}): Promise<void> {
  const write = new PutObjectCommand({
    Bucket: variant.bucket,
    Key: variant.key,
    Body: variant.bytes,
    ContentType: variant.contentType,
    CacheControl: "private, max-age=31536000, immutable",
    IfNoneMatch: "*",
  });
  return unlessWritten(() => s3.send(write));
}

/**
 * Copies a variant, which takes neither its bytes nor any pixels through here.
 * @param to a key that is its own for ever, like any variant's.
 */
export function copyVariant(bucket: string, from: string, to: string): Promise<void> {
  const copy = new CopyObjectCommand({
    Bucket: bucket,
    Key: to,
    CopySource: copySource(bucket, from),
    // It may be marked as replaced just now, and the mark would come along.
    TaggingDirective: "REPLACE",
    IfNoneMatch: "*",
  });
  return unlessWritten(() => s3.send(copy));
}

/**
 * An attempt that nobody heard any more of has written the same: that may be marked as replaced by now, and stays as it is. Where it is
 * writing just now, S3 may ask to try again: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
async function unlessWritten(write: () => Promise<unknown>, isAgain = false): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isServiceError(error, 409) && !isAgain) return unlessWritten(write, true);
    if (!isServiceError(error, 412)) throw error;
  }
}

/** Copies a file to where anybody may see it, and says so to caches. */
export async function copyForAll(
  { bucket, from, to, format }: { bucket: string; from: string; to: string; format: OutputFormat },
  client = s3,
): Promise<void> {
  await client.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key: to,
      CopySource: copySource(bucket, from),
      MetadataDirective: "REPLACE",
      ContentType: CONTENT_TYPES[format],
      CacheControl: "public, max-age=31536000, immutable",
      TaggingDirective: "REPLACE",
    }),
  );
}

function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** Marks variants as replaced: the bucket's lifecycle deletes them. Those that are gone already are left at that. */
export function markReplaced(bucket: string, keys: string[], client = s3): Promise<void> {
  return tagAll(bucket, keys, REPLACED_TAG, client);
}

/** Takes such marks back: the lifecycle looks for the tag's value, too. */
export function markShown(bucket: string, keys: string[], client = s3): Promise<void> {
  return tagAll(bucket, keys, { ...REPLACED_TAG, value: "false" }, client);
}

async function tagAll(bucket: string, keys: string[], mark: Mark, client: S3Client): Promise<void> {
  // None is under way any more when others are tried once more.
  const tagged = await Promise.allSettled(keys.map((key) => tag({ bucket, key }, mark, client)));
  for (const result of tagged) if (result.status === "rejected") throw result.reason;
}

/**
 * Marks the version of an original that was rejected: the bucket's lifecycle deletes it, unless another one has come over it.
 * Without versions, a newer object might be marked.
 */
export async function markRejected(original: OneVersion): Promise<void> {
  if (isVersioned(original)) await tag(original, REJECTED_TAG, s3);
}

/** Takes such a mark back where it came late. */
export async function markAccepted(original: OneVersion): Promise<void> {
  if (isVersioned(original)) await tag(original, { ...REJECTED_TAG, value: "false" }, s3);
}

type OneVersion = Pick<Image, "bucket" | "key" | "versionId">;

function isVersioned({ versionId }: OneVersion): boolean {
  return versionId !== undefined && versionId !== "null";
}

type Mark = typeof REPLACED_TAG | typeof REJECTED_TAG;

async function tag(
  { bucket, key, versionId }: OneVersion,
  { key: Key, value: Value }: Mark,
  client: S3Client,
): Promise<void> {
  const Tagging = { TagSet: [{ Key, Value }] };
  const put = new PutObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: versionId, Tagging });
  await client.send(put).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/** Takes such a mark away, before the original is tried again. */
export async function unmarkRejected({ bucket, key }: Pick<Image, "bucket" | "key">): Promise<void> {
  await s3.send(new DeleteObjectTaggingCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/** There is no such object. With a delete marker on top, S3 answers 405 to some requests. */
export function isGone(error: unknown): boolean {
  return isServiceError(error, 404, 405);
}

/** What S3 takes in one request. */
const DELETED_AT_A_TIME = 1000;

/** Those that are gone already are left at that. */
export async function deleteObjects(bucket: string, keys: string[], client = s3): Promise<void> {
  for (let begin = 0; begin < keys.length; begin += DELETED_AT_A_TIME) {
    const Objects = keys.slice(begin, begin + DELETED_AT_A_TIME).map((Key) => ({ Key }));
    const { Errors: [failure] = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    if (failure === undefined) continue;
    const error = new Error(`${failure.Key} could not be deleted: ${failure.Message}`);
    throw Object.assign(error, { name: failure.Code });
  }
}

/** The keys of all objects that start with the prefix. */
export async function keysUnder(bucket: string, prefix: string, client = s3): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  return keys;
}

async function bodyOf(object: GetObjectCommandOutput): Promise<Buffer> {
  if (object.Body === undefined) throw new Error("S3 answered without a body.");
  const bytes = await object.Body.transformToByteArray();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The size of the whole object, also when a part of it was read (`Content-Range: bytes 0-99/1234`). */
function totalBytesOf(object: GetObjectCommandOutput): number {
  const total = object.ContentRange?.split("/")[1];
  return total === undefined ? (object.ContentLength ?? 0) : Number(total);
}

function isServiceError(error: unknown, ...statusCodes: number[]): boolean {
  return (
    error instanceof S3ServiceException &&
    error.$metadata.httpStatusCode !== undefined &&
    statusCodes.includes(error.$metadata.httpStatusCode)
  );
}
