/** Changes images, shares them, makes them public, processes them again, and deletes them. */
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { api } from "../api/api.ts";
import { assertNotRefused, Problem } from "../api/problem.ts";
import { hasEdge, publicView } from "../api/public.ts";
import { assertToCome, findOwned, ownedRecord } from "../api/records.ts";
import { reprocess } from "../api/reprocess.ts";
import { imagePaths } from "../api/view.ts";
import { deleteRecordOf } from "../shared/deletion.ts";
import type { ImageRecord } from "../shared/image-record.ts";
import { deleteLink, deleteLinksOf } from "../shared/link-table.ts";
import { makePublic, takeBack } from "../shared/public-copies.ts";
import { refusalOfChange } from "../shared/quotas.ts";
import { environmentVariable } from "../shared/settings.ts";
import { s3 } from "../shared/storage.ts";
import { table } from "../shared/table.ts";
import { editedView, saveEdit } from "./edit.ts";
import { assertCanShare, makeLink } from "./links.ts";

const tableName = environmentVariable("METADATA_TABLE");
const originalBucket = environmentVariable("ORIGINAL_BUCKET");
const publicPlace = { tableName, processedBucket: environmentVariable("PROCESSED_BUCKET"), s3, table };

export const handler = api({
  "PATCH /images/{imageId}": async ({ userId, path: { imageId }, body }) => {
    if (body.expiresInSeconds === undefined) assertToCome(body.expiresAt);
    const record = await ownedRecord(userId, imageId);
    let said: Partial<ImageRecord> = {};
    const save = async () => {
      assertNotRefused(await refusalOfChange(userId));
      said = await saveEdit(userId, record, body);
      return said;
    };
    await (body.reprocess ? reprocess(record, save) : save());
    return {
      status: body.reprocess ? 202 : 200,
      body: editedView({ ...record, ...said }, body.reprocess ? "PROCESSING" : record.status),
    };
  },

  "POST /images/{imageId}/reprocess": async ({ userId, path: { imageId } }) => {
    await reprocess(await ownedRecord(userId, imageId), async () => {
      assertNotRefused(await refusalOfChange(userId));
      return {};
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

  "POST /images/{imageId}/links": async ({ userId, path: { imageId }, body }) => {
    const record = await ownedRecord(userId, imageId);
    await assertCanShare(record, body);
    assertNotRefused(await refusalOfChange(userId));
    return { status: 201, body: await makeLink(record, body) };
  },

  "DELETE /images/{imageId}/links/{linkId}": async ({ userId, path: { imageId, linkId } }) => {
    await ownedRecord(userId, imageId);
    await deleteLink({ imageId, linkId });
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
  // A file of the same name may come before that event does.
  await deleteLinksOf(record.imageId);
  return deleteRecordOf(record, tableName, originalBucket);
}
