/** Records as the API reads and changes them: always of one owner, and nobody else's can be told from none. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type * as z from "zod";
import { type ImageRecord, imageRecordSchema, type Status } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { readRecord, table } from "../shared/table.ts";
import { notFound } from "./problem.ts";

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

/** DynamoDB takes up to some days to delete what has expired: until then it is not shown. */
function hasExpired({ expiresAt }: Pick<ImageRecord, "expiresAt">): boolean {
  return expiresAt !== undefined && expiresAt * 1000 < Date.now();
}

/** How many records are looked at in one query for those of one status. */
const FILTERED_AT_A_TIME = 1000;

/** Where a page ended. */
const cursorSchema = imageRecordSchema.pick({ imageId: true, uploadedAt: true }).strict();

/**
 * One page of an owner's records, newest first.
 * @param cursor `nextCursor` of the page before. Anything else is `undefined`.
 */
export async function listOwned(
  owner: string,
  { limit, status, cursor }: { limit: number; status?: Status | undefined; cursor?: Cursor | undefined },
): Promise<{ records: ImageRecord[]; nextCursor?: string }> {
  const records: ImageRecord[] = [];
  let startKey = cursor && { owner, ...cursor };
  do {
    const page = await table.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: environmentVariable("OWNER_INDEX"),
        KeyConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: { "#owner": "owner", ...(status && { "#status": "status" }) },
        ExpressionAttributeValues: { ":owner": owner, ...(status && { ":status": status }) },
        ...(status && { FilterExpression: "#status = :status" }),
        ScanIndexForward: false,
        // One more than wanted, to know whether there is another page. A filter throws away what was read: read more.
        Limit: status ? FILTERED_AT_A_TIME : limit + 1,
        ...(startKey && { ExclusiveStartKey: startKey }),
      }),
    );
    const items = (page.Items ?? []).map((item) => imageRecordSchema.parse(item));
    records.push(...items.filter((item) => !hasExpired(item)));
    startKey = page.LastEvaluatedKey as typeof startKey;
  } while (startKey !== undefined && records.length <= limit);
  const shown = records.slice(0, limit);
  const last = shown.at(-1);
  const isMore = records.length > limit && last !== undefined;
  return { records: shown, ...(isMore && { nextCursor: writeCursor(last) }) };
}

export type Cursor = z.infer<typeof cursorSchema>;

function writeCursor({ imageId, uploadedAt }: Cursor): string {
  return Buffer.from(JSON.stringify({ imageId, uploadedAt })).toString("base64url");
}

/** @returns undefined when it is not one that `listOwned` gave. */
export function readCursor(text: string): Cursor | undefined {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    return undefined;
  }
}

/** Announces an image whose file is still to come. */
export async function putPending(
  pending: Pick<ImageRecord, "imageId" | "owner" | "name" | "caption" | "original" | "expiresAt">,
): Promise<void> {
  const now = new Date().toISOString();
  await table.send(
    new PutCommand({
      TableName: tableName,
      Item: { ...pending, status: "PENDING", uploadedAt: now, updatedAt: now, downloads: {} },
    }),
  );
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
