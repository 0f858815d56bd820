import { putEvent } from "./image-events.ts";
import type { ImageRecord } from "./image-record.ts";
import { deleteCounted } from "./usage-bytes.ts";

/**
 * Deletes the record of an image whose original is gone, and tells of it: before that, since afterwards nobody would know any
 * more what there was to tell, if telling failed.
 * @param bucket of the original.
 * @returns false when something newer has happened to the image meanwhile.
 */
export async function deleteRecordOf(
  record: ImageRecord,
  tableName: string,
  bucket: string,
): Promise<boolean> {
  const { imageId, owner, original } = record;
  await putEvent({ status: "DELETED", imageId, owner, original: { bucket, key: original.key } });
  return deleteCounted(tableName, record);
}
