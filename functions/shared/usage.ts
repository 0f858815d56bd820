/** What each user has used: counts of a day, and the bytes that are stored. One item a user and day, and one for all time. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { ImageRecord } from "./image-record.ts";
import { environmentVariable } from "./settings.ts";
import { deleteRecord, table } from "./table.ts";

/** What is counted by the day. */
export type Counted = "images" | "changes";

/** Day by day, for `npm run usage`: of the month before the present one, too. */
const KEPT_DAYS = 62;

const usageSchema = z.object({ images: z.int(), changes: z.int(), bytes: z.int() });
export type Usage = z.infer<typeof usageSchema>;

/** Of the items that are not of one day. */
export const ALWAYS = "always";

const DAY_MS = 24 * 60 * 60 * 1000;

/** When the next day begins, in UTC. */
export function nextDay(now: Date): Date {
  return new Date((Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS);
}

/** Counts one more of today's. @returns false when there were as many as may be: then nothing is counted. */
export async function countToday(owner: string, what: Counted, most: number, now: Date): Promise<boolean> {
  try {
    await table.send(
      new UpdateCommand({
        TableName: environmentVariable("USAGE_TABLE"),
        Key: { owner, period: dayOf(now) },
        UpdateExpression: "SET #expiresAt = :expiresAt ADD #what :one",
        ConditionExpression: "attribute_not_exists(#what) OR #what < :most",
        ExpressionAttributeNames: { "#what": what, "#expiresAt": "expiresAt" },
        ExpressionAttributeValues: {
          ":one": 1,
          ":most": most,
          ":expiresAt": Math.floor((now.getTime() + KEPT_DAYS * DAY_MS) / 1000),
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Bytes of originals that came, or, below zero, went. A crash between an image's record and this leaves them out. */
export async function addBytes(owner: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  await table.send(
    new UpdateCommand({
      TableName: environmentVariable("USAGE_TABLE"),
      Key: { owner, period: ALWAYS },
      UpdateExpression: "ADD #bytes :bytes",
      ExpressionAttributeNames: { "#bytes": "bytes" },
      ExpressionAttributeValues: { ":bytes": bytes },
    }),
  );
}

/** The bytes of an image's original that count: of one that was announced, none have come yet. */
export function bytesOf(record: { [Name in "original"]?: ImageRecord[Name] | undefined }): number {
  return record.original?.etag === undefined ? 0 : record.original.bytes;
}

/**
 * Deletes an image's record, and makes room for others of its owner.
 * @returns false when something newer has happened to the image than was read.
 */
export async function deleteCounted(tableName: string, record: ImageRecord): Promise<boolean> {
  const what = await deleteRecord(tableName, record);
  if (what === "deleted" && record.owner !== undefined) await addBytes(record.owner, -bytesOf(record));
  return what !== "changed";
}

/** Bytes that the user's originals have. */
export async function bytesStored(owner: string): Promise<number> {
  const { bytes = 0 } = await read(owner, ALWAYS);
  // Images of before there was a count are taken off it when they are deleted.
  return Math.max(0, bytes);
}

export async function usageOf(owner: string, now: Date): Promise<Usage> {
  const [bytes, { images = 0, changes = 0 }] = await Promise.all([
    bytesStored(owner),
    read(owner, dayOf(now)),
  ]);
  return { images, changes, bytes };
}

async function read(owner: string, period: string) {
  const { Item } = await table.send(
    new GetCommand({
      TableName: environmentVariable("USAGE_TABLE"),
      Key: { owner, period },
      ConsistentRead: true,
    }),
  );
  return usageSchema.partial().parse(Item ?? {});
}

function dayOf(now: Date): string {
  return now.toISOString().slice(0, "2026-01-01".length);
}
