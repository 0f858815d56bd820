/** Records as the API reads and changes them: of one owner, unless it says so, and nobody else's can be told from none. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { deletionOf, type ImageRecord, ownerStatusOf, searchKeyOf } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { readRecord, table } from "../shared/table.ts";
import { busy, notFound, Problem } from "./problem.ts";

const tableName = environmentVariable("METADATA_TABLE");

/** @throws Problem (404) when there is none, it is somebody else's, or its file never came. */
export async function ownedRecord(owner: string, imageId: string): Promise<ImageRecord> {
  const record = await findOwned(owner, imageId);
  if (record === undefined) throw notFound();
  return record;
}

export async function findOwned(owner: string, imageId: string): Promise<ImageRecord | undefined> {
  const record = await readRecord(tableName, imageId);
  return record?.owner !== owner || hasExpired(record) ? undefined : record;
}

/** DynamoDB gives 16 MB of records at a time, far more than a page has, and less only where it is throttled. */
const MAX_ATTEMPTS = 3;

/** An index may be a moment behind; these are as the last write left them. In any order, and not read yet: one may be broken. @throws Problem (503) */
export async function itemsOf(imageIds: string[]): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let asked: BatchGetCommandInput["RequestItems"] =
    imageIds.length === 0
      ? {}
      : { [tableName]: { Keys: imageIds.map((imageId) => ({ imageId })), ConsistentRead: true } };
  for (let attempt = 1; asked && Object.keys(asked).length > 0; attempt++) {
    if (attempt > MAX_ATTEMPTS) throw busy();
    const answer: BatchGetCommandOutput = await table.send(new BatchGetCommand({ RequestItems: asked }));
    items.push(...(answer.Responses?.[tableName] ?? []));
    asked = answer.UnprocessedKeys;
  }
  return items;
}

/** DynamoDB takes up to some days to delete a record that has expired, and reconcile some minutes: until then it is not shown. */
export function hasExpired({ expiresAt, deleteAt }: Pick<ImageRecord, "expiresAt" | "deleteAt">): boolean {
  const now = Date.now();
  return (
    (expiresAt !== undefined && expiresAt * 1000 < now) ||
    (deleteAt !== undefined && Date.parse(deleteAt) <= now)
  );
}

/** @throws Problem (400) for a time that is over. */
export function assertToCome(expiresAt: string | null | undefined): void {
  if (typeof expiresAt === "string" && Date.parse(expiresAt) <= Date.now())
    throw new Problem(400, `"expiresAt" is over: ${expiresAt}. Give a time that is to come, in UTC.`);
}

/** Announces an image whose file is still to come. */
export async function putPending(
  pending: Pick<ImageRecord, "imageId" | "caption" | "tags" | "original" | "deleteAt" | "expiresAt"> & {
    owner: string;
    name: string;
  },
): Promise<void> {
  const now = new Date().toISOString();
  const status = "PENDING";
  const Item: ImageRecord = {
    ...pending,
    status,
    ownerStatus: ownerStatusOf(pending.owner, status),
    nameKey: searchKeyOf(pending.name),
    ...(pending.caption && { captionKey: searchKeyOf(pending.caption) }),
    ...(pending.tags && pending.tags.length > 0 && { taggedOwner: pending.owner }),
    deletion: deletionOf(pending.imageId, pending.deleteAt),
    uploadedAt: now,
    updatedAt: now,
    downloads: {},
  };
  await table.send(new PutCommand({ TableName: tableName, Item }));
}

/** Counts a download, of a variant and so of the image. An image that was deleted meanwhile has nothing to count. */
export async function countDownload({ imageId }: ImageRecord, variant: string): Promise<void> {
  try {
    await table.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: "SET #downloads.#variant = if_not_exists(#downloads.#variant, :zero) + :one",
        ConditionExpression: "attribute_exists(imageId)",
        ExpressionAttributeNames: { "#downloads": "downloads", "#variant": variant },
        ExpressionAttributeValues: { ":zero": 0, ":one": 1 },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
