/** Published files that no record points to. */
import { versionsIn } from "./image-record.ts";
import { formerPrefix, publicPrefix, publishedPrefix, versionIn, versionOf } from "./keys.ts";
import { deleteObjects, keysUnder } from "./storage.ts";
import { readRecord } from "./table.ts";

/**
 * Deletes those of an image: of a version that is neither published, nor was before, nor is being made. Files are listed
 * before the record is read, so that none of an upload that has come since is among them.
 * @returns whether the image has a record.
 */
export async function deleteLeftovers(
  { tableName, processedBucket }: { tableName: string; processedBucket: string },
  image: { imageId: string; owner?: string | undefined },
): Promise<boolean> {
  const { imageId } = image;
  const prefixes = [publishedPrefix(image), formerPrefix(imageId), publicPrefix(imageId)];
  const files = await Promise.all(prefixes.map((prefix) => keysUnder(processedBucket, prefix)));
  const record = await readRecord(tableName, imageId);
  const { status, execution } = record?.lastAttempt ?? {};
  const underWay = execution && status === "PROCESSING" ? [versionOf(execution)] : [];
  const kept = [...versionsIn(record ?? {}), ...underWay];
  // Also of copies: the record says that they are public only when they are there.
  const isKept = (key: string) => kept.some((version) => version === versionIn(key));
  await deleteObjects(
    processedBucket,
    files.flat().filter((key) => !isKept(key)),
  );
  return record !== undefined;
}
