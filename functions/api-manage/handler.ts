/** Processes images again, and deletes them. */
import { randomUUID } from "node:crypto";
import { DeleteObjectCommand, DeleteObjectsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { api } from "../api/api.ts";
import { Problem } from "../api/problem.ts";
import { deleteRecord, findOwned, ownedRecord } from "../api/records.ts";
import { imagePaths } from "../api/view.ts";
import { type ImageRecord, imageRecordSchema } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { Image } from "../shared/state.ts";
import { currentVersion, s3 } from "../shared/storage.ts";
import { changeRecord, markProcessing } from "../shared/table.ts";
import { executionArn, isUnknownExecution, sfn, startExecution } from "../shared/workflow.ts";

const tableName = environmentVariable("METADATA_TABLE");
const processedBucket = environmentVariable("PROCESSED_BUCKET");
const stateMachineArn = environmentVariable("STATE_MACHINE_ARN");

export const handler = api({
  "POST /images/{imageId}/reprocess": async ({ userId, path: { imageId } }) => {
    const record = await ownedRecord(userId, imageId);
    const image = lastVersion(record);
    if (image === undefined) throw new Problem(409, "The file has not arrived yet. Upload it first.");
    if (record.status === "PROCESSING")
      throw new Problem(409, "The image is being processed already. Wait until that is done.");
    if ((await currentVersion(image))?.isArchived)
      throw new Problem(409, "The original is in an archive. Whoever runs this has to restore it first.");
    const name = `reprocess-${imageId}-${randomUUID().slice(0, 8)}`;
    const execution = { arn: executionArn(stateMachineArn, name), name };
    const before = await markProcessing(
      tableName,
      image,
      execution,
      "is of this version, and in another status",
    );
    if (before === undefined)
      throw new Problem(409, "Something else is happening to the image. Look at it again in a moment.");
    await startExecution(stateMachineArn, name, image).catch(async (error: unknown) => {
      await restore(image, before);
      throw error;
    });
    return { status: 202, body: { imageId, status: "PROCESSING", links: imagePaths(imageId) } };
  },

  "DELETE /images/{imageId}": async ({ userId, path: { imageId } }) => {
    for (let attempt = 1; attempt <= MAX_DELETE_ATTEMPTS; attempt++) {
      const record = await findOwned(userId, imageId);
      if (record === undefined || (await deleteAll(record))) return { status: 204 };
    }
    throw new Problem(409, "New versions of the image keep arriving. Delete it when that is over.");
  },
});

/** A version may arrive while the one before it is deleted. */
const MAX_DELETE_ATTEMPTS = 3;

/**
 * The original goes before the variants: a step that still runs looks for it after it has written, and takes back what it
 * wrote. The record goes last: whatever fails before can be repeated.
 * @returns false when something newer has happened to the image meanwhile.
 */
async function deleteAll(record: ImageRecord): Promise<boolean> {
  if (record.status === "PROCESSING" && record.execution) await stopExecution(record.execution.arn);
  await s3.send(new DeleteObjectCommand({ Bucket: record.original.bucket, Key: record.original.key }));
  await deleteVariants(record.imageId);
  return deleteRecord(record);
}

/** Takes back the mark of an execution that could not be started. */
async function restore({ imageId, sequencer }: Image, before: Record<string, unknown>): Promise<void> {
  const { status, original, execution, rejection, error } = imageRecordSchema.partial().parse(before);
  await changeRecord(tableName, imageId, {
    set: { status, original, execution, rejection, error, sequencer },
    condition: "exists, of no newer version",
  });
}

/** The version that was processed last; undefined when there was none. */
function lastVersion({ imageId, owner, uploadedAt, sequencer, original }: ImageRecord): Image | undefined {
  const { bucket, key, versionId, etag, bytes } = original;
  if (sequencer === undefined || etag === undefined) return undefined;
  return { imageId, owner, uploadedAt, sequencer, bucket, key, versionId, etag, bytes };
}

async function stopExecution(executionArn: string): Promise<void> {
  try {
    await sfn.send(new StopExecutionCommand({ executionArn, cause: "The image was deleted." }));
  } catch (error) {
    if (!isUnknownExecution(error)) throw error;
  }
}

/** All files under the image's id, also of variants that are not configured any more. */
async function deleteVariants(imageId: string): Promise<void> {
  const { Contents = [] } = await s3.send(
    // Fewer than 1,000: there are at most twelve variants in four formats.
    new ListObjectsV2Command({ Bucket: processedBucket, Prefix: `${imageId}/` }),
  );
  if (Contents.length === 0) return;
  const { Errors = [] } = await s3.send(
    new DeleteObjectsCommand({
      Bucket: processedBucket,
      Delete: { Objects: Contents.map(({ Key }) => ({ Key })), Quiet: true },
    }),
  );
  if (Errors.length > 0)
    throw new Error(`${Errors.length} variants could not be deleted: ${Errors[0]?.Code}`);
}
