/** Swaps what is published of one image and what was before: in its record, and in the marks of the files. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { fileKeysOf, type Publication } from "../../functions/shared/image-record.ts";
import { imageIdOf } from "../../functions/shared/keys.ts";
import { followPublished } from "../../functions/shared/public-copies.ts";
import { deleteObjects, isGone, markReplaced } from "../../functions/shared/storage.ts";
import type { Clients } from "../client.ts";
import { readRecord } from "../results.ts";

export interface Shelf extends Pick<Clients, "s3" | "table"> {
  tableName: string;
  processedBucket: string;
}

export type PutBack = "swapped" | "shown already" | "no other version";

/**
 * Shows the older of the two again; undoing, the newer. Given once more, it shows the same, and ends what was broken off:
 * in the end the files that are shown are kept, and the others are left to the bucket's lifecycle, whatever went wrong.
 * @throws when files are gone, or something else happens to the image.
 */
export async function putBack(key: string, shelf: Shelf, isUndoing: boolean): Promise<PutBack> {
  const imageId = imageIdOf(key);
  const record = await readRecord(shelf, shelf.tableName, imageId);
  const { published, previous } = record ?? {};
  if (!published || !previous) return "no other version";
  const isShown = published.at < previous.at !== isUndoing;
  const wanted = isShown ? published : previous;
  let failure: unknown;
  try {
    // What is shown next is kept before it is shown.
    for (const file of fileKeysOf(wanted)) await keep(file, shelf);
    if (!isShown) await swap(imageId, { published, previous }, shelf);
  } catch (error) {
    failure = error;
  }
  // Asked again: the answer to a write may be lost, and others write too.
  const current = await readRecord(shelf, shelf.tableName, imageId);
  if (current === undefined) {
    // Whoever deleted it did not know of those that were brought back.
    await deleteObjects(shelf.processedBucket, fileKeysOf(wanted), shelf.s3);
    throw new Error("The image was deleted just now.");
  }
  const shown = current.published;
  await followPublished(shelf, imageId);
  for (const publication of [published, previous])
    if (publication.version !== shown?.version)
      await persistently(() => markReplaced(shelf.processedBucket, fileKeysOf(publication), shelf.s3));
  if (shown?.version === wanted.version) {
    // A function that is late with its marks may have read the record before it was written.
    for (const file of fileKeysOf(wanted)) await persistently(() => unmarkIfThere(file, shelf));
    // And a newer version may have replaced it since.
    const latest = await readRecord(shelf, shelf.tableName, imageId);
    if (latest?.published?.version !== wanted.version)
      await persistently(() => markReplaced(shelf.processedBucket, fileKeysOf(wanted), shelf.s3));
    return isShown ? "shown already" : "swapped";
  }
  if (failure !== undefined && !(failure instanceof ConditionalCheckFailedException)) throw failure;
  throw new Error("Something else was published of it just now. Look at it again.");
}

const TRIES = 4;

/** A file that S3 refuses to mark for a while would stay for good, once it is in no record. A try is three of the SDK's. */
async function persistently(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; attempt < TRIES; attempt++) {
    try {
      await work();
      return;
    } catch {
      // Once more.
    }
  }
  await work();
}

async function swap(
  imageId: string,
  { published, previous }: { published: Publication; previous: Publication },
  { table, tableName }: Shelf,
): Promise<void> {
  await table.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { imageId },
      UpdateExpression: "SET published = previous, previous = published, updatedAt = :now",
      ConditionExpression: "published.#version = :published AND previous.#version = :previous",
      ExpressionAttributeNames: { "#version": "version" },
      ExpressionAttributeValues: {
        ":now": new Date().toISOString(),
        ":published": published.version,
        ":previous": previous.version,
      },
    }),
  );
}

/** Takes a file out of the lifecycle's reach, and brings it back if it was deleted. */
async function keep(file: string, shelf: Shelf): Promise<void> {
  if (await unmarkIfThere(file, shelf)) return;
  await undelete(file, shelf);
  await unmark(file, shelf);
}

/** What is gone by then is not brought back: whoever deletes the image has looked at its record, and does not come again. */
async function unmarkIfThere(file: string, shelf: Shelf): Promise<boolean> {
  try {
    await unmark(file, shelf);
    return true;
  } catch (error) {
    if (!isGone(error)) throw error;
    return false;
  }
}

function unmark(file: string, { s3, processedBucket }: Shelf): Promise<unknown> {
  return s3.send(new DeleteObjectTaggingCommand({ Bucket: processedBucket, Key: file }));
}

/** Without its delete marker, an object is what it was before. */
async function undelete(file: string, { s3, processedBucket: Bucket }: Shelf): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: file }),
  );
  const marker = DeleteMarkers.find(({ Key, IsLatest }) => Key === file && IsLatest);
  if (!marker || !Versions.some(({ Key }) => Key === file))
    throw new Error("The files of the version before are gone. Process it again.");
  await s3.send(new DeleteObjectCommand({ Bucket, Key: file, VersionId: marker.VersionId }));
}
