/** How an outcome is written into the table. */
import { imageRecordSchema, type OutcomeRecord } from "../shared/image-record.ts";
import { fileNameOf } from "../shared/keys.ts";
import { changeRecord } from "../shared/table.ts";

/** What a write did: `unchanged` when this execution had recorded the same outcome before. */
export type Written = "recorded" | "unchanged" | "superseded";

/**
 * Writes the whole outcome at once, unless a newer version of the same image is recorded already, or the record
 * was deleted in the meantime. A name and a caption that were given before stay; the rest of an earlier outcome goes.
 */
export async function writeRecord(tableName: string, record: OutcomeRecord): Promise<Written> {
  const { imageId, name, caption, ...outcome } = record;
  // A file's own name says nothing that a name given earlier did not say better.
  const isNameGiven = name !== fileNameOf(record.original.key);
  const previous = await changeRecord(tableName, imageId, {
    set: { ...outcome, ...(caption !== undefined && { caption }), ...(isNameGiven && { name }) },
    setIfAbsent: isNameGiven ? {} : { name },
    condition: "exists, of no newer version",
  });
  if (previous === undefined) return "superseded";
  const { status, execution } = imageRecordSchema.partial().safeParse(previous).data ?? {};
  const isRepeat = status === outcome.status && execution?.arn === outcome.execution.arn;
  return isRepeat ? "unchanged" : "recorded";
}
