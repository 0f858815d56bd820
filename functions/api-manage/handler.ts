/** Processes images again, makes them public, and deletes them. */
import { randomUUID } from "node:crypto";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { api } from "../api/api.ts";
import { assertNotRefused, Problem } from "../api/problem.ts";
import { hasEdge, publicView } from "../api/public.ts";
import { findOwned, ownedRecord } from "../api/records.ts";
import { imagePaths } from "../api/view.ts";
import { currentPresets } from "../shared/current-presets.ts";
import { deleteRecordOf } from "../shared/deletion.ts";
import { type ImageRecord, lastVersion } from "../shared/image-record.ts";
import { withPreset } from "../shared/presets.ts";
import { makePublic, takeBack } from "../shared/public-copies.ts";
import { refusalOfChange } from "../shared/quotas.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { Image } from "../shared/state.ts";
import { currentVersion, s3, unmarkRejected } from "../shared/storage.ts";
import { changeRecord, markProcessing, type SeenRecord, table } from "../shared/table.ts";
import { executionArn, startExecution } from "../shared/workflow.ts";

const tableName = environmentVariable("METADATA_TABLE");
const originalBucket = environmentVariable("ORIGINAL_BUCKET");
const stateMachineArn = environmentVariable("STATE_MACHINE_ARN");
const publicPlace = { tableName, processedBucket: environmentVariable("PROCESSED_BUCKET"), s3, table };

export const handler = api({
  "POST /images/{imageId}/reprocess": async ({ userId, path: { imageId } }) => {
    const record = await ownedRecord(userId, imageId);
    const image = lastVersion(record, originalBucket);
    if (image === undefined) throw new Problem(409, "The file has not arrived yet. Upload it first.");
    if (record.status === "PROCESSING")
      throw new Problem(409, "The image is being processed already. Wait until that is done.");
    const [current, presets] = await Promise.all([currentVersion(image), currentPresets()]);
    if (current?.isArchived)
      throw new Problem(409, "The original is in an archive. Whoever runs this has to restore it first.");
    assertNotRefused(await refusalOfChange(userId));
    if (record.status === "REJECTED") await unmarkRejected(image);
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
    const input = withPreset(presets, image, current?.metadata ?? {});
    await startExecution(stateMachineArn, name, input).catch(async (error: unknown) => {
      await restore(image, before);
      throw error;
    });
    return { status: 202, body: { imageId, status: "PROCESSING", links: imagePaths(imageId) } };
  },

  "POST /images/{imageId}/publish": async ({ userId, path: { imageId } }) => {
    const { published } = await ownedRecord(userId, imageId);
    if (!hasEdge()) throw new Problem(409, "There is no web app here, so nothing can be public.");
    if (published === undefined)
      throw new Problem(409, "There is nothing to show yet. Wait until it is processed.");
    assertNotRefused(await refusalOfChange(userId));
    const record = await makePublic(publicPlace, imageId);
    const body = record && publicView(record);
    if (body === undefined)
      throw new Problem(409, "Something else is happening to the image. Look at it again in a moment.");
    return { status: 200, body };
  },

  "DELETE /images/{imageId}/publish": async ({ userId, path: { imageId } }) => {
    await ownedRecord(userId, imageId);
    await takeBack(publicPlace, imageId);
    return { status: 204 };
  },

  "DELETE /images/{imageId}": async ({ userId, path: { imageId } }) => {
    for (let attempt = 1; attempt <= MAX_DELETE_ATTEMPTS; attempt++) {
      const record = await findOwned(userId, imageId);
      if (record === undefined) return { status: 204 };
      if (attempt === 1) assertNotRefused(await refusalOfChange(userId));
      if (await deleteAll(record)) return { status: 204 };
    }
    throw new Problem(409, "New versions of the image keep arriving. Delete it when that is over.");
  },
});

/** A version may arrive while the one before it is deleted. */
const MAX_DELETE_ATTEMPTS = 3;

/**
 * The original goes first: its removal is an event of the bucket, for which start-execution takes the files away. An
 * execution that is under way finds that out for itself, and takes back what it wrote.
 * @returns false when something newer has happened to the image meanwhile.
 */
async function deleteAll(record: ImageRecord): Promise<boolean> {
  await s3.send(new DeleteObjectCommand({ Bucket: originalBucket, Key: record.original.key }));
  return deleteRecordOf(record, tableName, originalBucket);
}

/** Takes back the mark of an execution that could not be started. */
async function restore({ imageId, owner, sequencer }: Image, before: SeenRecord): Promise<void> {
  const { status, original, lastAttempt } = before;
  if (status === undefined) return;
  await changeRecord(tableName, imageId, {
    set: { status, owner, original, lastAttempt },
    condition: "exists, of no newer version",
    sequencer,
  });
}
