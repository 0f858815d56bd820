/**
 * Which of an image's files are left to the bucket's lifecycle: those of publications that are not shown any more. Others may publish,
 * put back or delete meanwhile, and their marks may come late.
 */
import { fileKeysOf, type Publication } from "./image-record.ts";
import type { PublicPlace } from "./public-copies.ts";
import { markReplaced, markShown } from "./storage.ts";
import { readRecord } from "./table.ts";

const MAX_ATTEMPTS = 5;

/**
 * Marks files until the record says, after that, what it was marked by. Files that are gone stay so.
 * @param publications of the image.
 * @param shown the version that the record shows, as far as is known.
 */
export async function markAsRecorded(
  { tableName, processedBucket, s3, table }: PublicPlace,
  imageId: string,
  publications: Publication[],
  shown: string | undefined,
): Promise<void> {
  let marked = shown;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    for (const publication of publications) {
      const mark = publication.version === marked ? markShown : markReplaced;
      await mark(processedBucket, fileKeysOf(publication), s3);
    }
    const recorded = (await readRecord(tableName, imageId, table))?.published?.version;
    if (recorded === marked) return;
    marked = recorded;
  }
  throw new Error("The image's record keeps changing. Try again.");
}
