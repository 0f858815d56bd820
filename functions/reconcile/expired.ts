/** Deletes the originals of images whose time is over: the event of its removal takes an image's record, files and links away. */
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { environmentVariable } from "../shared/settings.ts";
import { logger } from "../shared/step.ts";
import { s3 } from "../shared/storage.ts";
import { dueForDeletion, readRecord } from "../shared/table.ts";

const tableName = environmentVariable("METADATA_TABLE");
const originalBucket = environmentVariable("ORIGINAL_BUCKET");

const AT_A_TIME = 10;

/**
 * What is not deleted now is looked at again in some minutes, and so is what was, until its record is gone.
 * @param hasTime whether to go on.
 */
export async function deleteExpired(hasTime: () => boolean): Promise<void> {
  const failures: unknown[] = [];
  for await (const imageIds of dueForDeletion(tableName, AT_A_TIME)) {
    if (!hasTime()) break;
    const results = await Promise.allSettled(imageIds.map(deleteOriginal));
    failures.push(...results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])));
  }
  // An alarm tells of it.
  if (failures.length > 0) throw failures[0];
}

/** The index may be a moment behind its owner, who has given the image more time. */
async function deleteOriginal(imageId: string): Promise<void> {
  const record = await readRecord(tableName, imageId);
  if (record?.deleteAt === undefined || Date.parse(record.deleteAt) > Date.now()) return;
  // Its file may come yet: without the record, nobody would know that it is to go.
  if (record.expiresAt !== undefined && record.expiresAt * 1000 > Date.now()) return;
  const { key } = record.original;
  try {
    await s3.send(new DeleteObjectCommand({ Bucket: originalBucket, Key: key }));
  } catch (error) {
    logger.error("This image's time is over, and it could not be deleted; it is tried again", {
      imageId,
      error,
    });
    throw error;
  }
  logger.info("The image's time is over: its original is deleted", { imageId, key });
}
