/** Records as the API reads and changes them: always of one owner, and nobody else's can be told from none. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { OriginalPlace, Status } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { originalSchema, publishedVariantSchema } from "../shared/state.ts";
import { changeRecord, table } from "../shared/table.ts";
import { notFound } from "./problem.ts";

const tableName = environmentVariable("METADATA_TABLE");

const recordSchema = z.object({
  imageId: z.string(),
  owner: z.string(),
  status: z.enum(["PENDING", "PROCESSING", "PROCESSED", "REJECTED", "FAILED"] satisfies Status[]),
  name: z.string().optional(),
  caption: z.string().optional(),
  uploadedAt: z.string(),
  updatedAt: z.string(),
  sequencer: z.string().optional(),
  original: z.object({
    bucket: z.string(),
    key: z.string(),
    versionId: z.string().optional(),
    etag: z.string().optional(),
    bytes: z.int().optional(),
    format: z.string().optional(),
    width: z.int().optional(),
    height: z.int().optional(),
    frames: z.int().optional(),
  }),
  variants: z.array(publishedVariantSchema).default([]),
  camera: originalSchema.shape.camera,
  thumbhash: z.string().optional(),
  dominantColour: z.string().optional(),
  timingsMs: z.record(z.string(), z.number()).optional(),
  execution: z.object({ arn: z.string(), name: z.string() }).optional(),
  rejection: z.object({ code: z.string(), reason: z.string() }).optional(),
  downloads: z.record(z.string(), z.int()).default({}),
  /** Seconds since 1970, of a record that goes unless the file arrives. */
  expiresAt: z.int().optional(),
});
export type OwnedRecord = z.infer<typeof recordSchema>;

/** @throws Problem (404) when there is none, it is somebody else's, or its file never came. */
export async function ownedRecord(owner: string, imageId: string): Promise<OwnedRecord> {
  const record = await findOwned(owner, imageId);
  if (record === undefined) throw notFound();
  return record;
}

export async function findOwned(owner: string, imageId: string): Promise<OwnedRecord | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: tableName, Key: { imageId }, ConsistentRead: true }),
  );
  if (Item?.owner !== owner) return undefined;
  const record = recordSchema.parse(Item);
  return hasExpired(record) ? undefined : record;
}

/** DynamoDB takes up to some days to delete what has expired: until then it is not shown. */
function hasExpired({ expiresAt }: Pick<OwnedRecord, "expiresAt">): boolean {
  return expiresAt !== undefined && expiresAt * 1000 < Date.now();
}

/** How many records are looked at in one query for those of one status. */
const FILTERED_AT_A_TIME = 1000;

/** Where a page ended. */
const cursorSchema = z.strictObject({
  imageId: z.string().regex(/^[0-9a-f]{32}$/),
  uploadedAt: z.iso.datetime(),
});

/**
 * One page of an owner's records, newest first.
 * @param cursor `nextCursor` of the page before. Anything else is `undefined`.
 */
export async function listOwned(
  owner: string,
  { limit, status, cursor }: { limit: number; status?: Status | undefined; cursor?: Cursor | undefined },
): Promise<{ records: OwnedRecord[]; nextCursor?: string }> {
  const records: OwnedRecord[] = [];
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
    const items = (page.Items ?? []).map((item) => recordSchema.parse(item));
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
export async function putPending(pending: {
  imageId: string;
  owner: string;
  name: string;
  caption?: string | undefined;
  original: OriginalPlace & { bytes: number };
  expiresAt: number;
}): Promise<void> {
  const now = new Date().toISOString();
  await table.send(
    new PutCommand({
      TableName: tableName,
      Item: { ...pending, status: "PENDING", uploadedAt: now, updatedAt: now, downloads: {} },
    }),
  );
}

/** Counts a download, of a variant and so of the image. An image that was deleted meanwhile has nothing to count. */
export async function countDownload({ imageId, downloads }: OwnedRecord, variant: string): Promise<void> {
  // A record of before downloads were counted has no place for the count.
  if (Object.keys(downloads).length === 0)
    await changeRecord(tableName, imageId, { set: {}, setIfAbsent: { downloads: {} }, condition: "exists" });
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

/** @returns false when the record is not the one that was read any more: something newer has happened to the image. */
export async function deleteRecord({ imageId, updatedAt }: OwnedRecord): Promise<boolean> {
  try {
    await table.send(
      new DeleteCommand({
        TableName: tableName,
        Key: { imageId },
        ConditionExpression: "attribute_not_exists(imageId) OR #updatedAt = :seen",
        ExpressionAttributeNames: { "#updatedAt": "updatedAt" },
        ExpressionAttributeValues: { ":seen": updatedAt },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
