/** What follows when an original is deleted, expires or is moved away: its image's record goes, and its files after it. */

import { deleteRecordOf } from "../shared/deletion.ts";
import { ownerOf } from "../shared/keys.ts";
import { deleteLeftovers } from "../shared/leftovers.ts";
import { deleteLinksOf } from "../shared/link-table.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { Image } from "../shared/state.ts";
import { logger } from "../shared/step.ts";
import { deleteObjects, isDeleted, keysUnder } from "../shared/storage.ts";
import { readRecord } from "../shared/table.ts";
import { tellChange } from "../shared/tell-change.ts";

const tableName = environmentVariable("METADATA_TABLE");
const stagingBucket = environmentVariable("STAGING_BUCKET");
const processedBucket = environmentVariable("PROCESSED_BUCKET");

/** An upload may arrive meanwhile. */
const MAX_ATTEMPTS = 3;

/**
 * Events come late, more than once and in any order: what counts is whether there is an object now. An execution that is
 * under way is not stopped: it finds that there is no record, and takes back what it wrote.
 */
export async function follow(
  removed: Pick<Image, "imageId" | "bucket" | "key" | "uploadedAt">,
): Promise<void> {
  const { imageId } = removed;
  const image = { imageId, owner: ownerOf(removed.key) };
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // First the record, then the object: a record that is made from now on is of an upload after this one.
    const record = await readRecord(tableName, imageId);
    if (!(await isDeleted(removed))) {
      const now = await readRecord(tableName, imageId);
      // It came after the deletion: files of what was deleted may be left, if its record went before. Otherwise an older version
      // went, and there may be files of an attempt that the record does not know.
      if (now === undefined || now.uploadedAt > removed.uploadedAt)
        await deleteLeftovers({ tableName, processedBucket }, image);
      logger.info("There is an object under this key: the image stays", { ...removed });
      return;
    }
    if (record !== undefined && !(await deleteRecordOf(record, tableName, removed.bucket))) continue;
    await Promise.all([
      deleteFiles(image),
      deleteLinksOf(imageId),
      tellChange(image.owner, { imageId, status: "DELETED" }),
    ]);
    logger.info("The original is gone, and its image with it", { ...removed });
    return;
  }
  throw new Error("The image's record keeps changing. The message will be delivered again.");
}

/** Staged pixels only where there is no record: whose they are is not in their keys, and what is left expires. */
async function deleteFiles(image: Pick<Image, "imageId" | "owner">): Promise<void> {
  const staged = await keysUnder(stagingBucket, `${image.imageId}/`);
  const isAgain = await deleteLeftovers({ tableName, processedBucket }, image);
  if (!isAgain) await deleteObjects(stagingBucket, staged);
}
