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
import { persistently } from "../../functions/shared/persistently.ts";
import { followPublished, type PublicPlace } from "../../functions/shared/public-copies.ts";
import { markAsRecorded } from "../../functions/shared/replaced.ts";
import { deleteObjects, isGone } from "../../functions/shared/storage.ts";
import { readRecord } from "../results.ts";

export type PutBack = "swapped" | "shown already" | "no other version";

/**
 * Shows the older of the two again; undoing, the newer. Given once more, it shows the same, and ends what was broken off:
 * in the end the files that are shown are kept, and the others are left to the bucket's lifecycle, whatever went wrong.
 * @throws when files are gone, or something else happens to the image.
 */
export async function putBack(key: string, place: PublicPlace, isUndoing: boolean): Promise<PutBack> {
  const imageId = imageIdOf(key);
  const record = await readRecord(place, place.tableName, imageId);
  const { published, previous } = record ?? {};
  if (!published || !previous) return "no other version";
  const isShown = published.at < previous.at !== isUndoing;
  const wanted = isShown ? published : previous;
  let failure: unknown;
  try {
    // What is shown next is kept before it is shown.
    for (const file of fileKeysOf(wanted)) await keep(file, place);
    if (!isShown) await swap(imageId, { published, previous }, place);
  } catch (error) {
    failure = error;
  }
  // Asked again: the answer to a write may be lost, and others write too.
  const current = await readRecord(place, place.tableName, imageId);
  if (current === undefined) {
    // Whoever deleted it did not know of those that were brought back.
    await persistently(() => deleteObjects(place.processedBucket, fileKeysOf(wanted), place.s3));
    throw new Error("The image was deleted just now.");
  }
  const shown = current.published;
  await persistently(() => markAsRecorded(place, imageId, [published, previous], shown?.version));
  await persistently(() => followPublished(place, imageId));
  // The record is as it is to be, and a file may still lack.
  if (isShown && failure !== undefined) throw failure;
  if (shown?.version === wanted.version) return isShown ? "shown already" : "swapped";
  if (failure !== undefined && !(failure instanceof ConditionalCheckFailedException)) throw failure;
  throw new Error("Something else was published of it just now. Look at it again.");
}

async function swap(
  imageId: string,
  { published, previous }: { published: Publication; previous: Publication },
  { table, tableName }: PublicPlace,
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
async function keep(file: string, place: PublicPlace): Promise<void> {
  const unmark = new DeleteObjectTaggingCommand({ Bucket: place.processedBucket, Key: file });
  try {
    await place.s3.send(unmark);
  } catch (error) {
    if (!isGone(error)) throw error;
    await undelete(file, place);
    await place.s3.send(unmark);
  }
}

/** Without its delete marker, an object is what it was before. */
async function undelete(file: string, { s3, processedBucket: Bucket }: PublicPlace): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: file }),
  );
  const marker = DeleteMarkers.find(({ Key, IsLatest }) => Key === file && IsLatest);
  if (!marker || !Versions.some(({ Key }) => Key === file))
    throw new Error("The files of the version before are gone. Process it again.");
  await s3.send(new DeleteObjectCommand({ Bucket, Key: file, VersionId: marker.VersionId }));
}
