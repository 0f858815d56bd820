/**
 * The bytes of a user's originals: those that are stored, and those that were announced and are expected. Both are in `bytes` of one
 * item of the table of usage. What is only expected is in it a second time, summed by the hour in which its announcements end:
 * when that is over, whoever sends next gives back what is left of the sum. So a file that never comes needs nobody to notice.
 */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { ImageRecord } from "./image-record.ts";
import { environmentVariable } from "./settings.ts";
import { deleteRecord, table } from "./table.ts";

/** Of the items that are not of one day. */
export const ALWAYS = "always";

/** Attributes are called so, with the end of an hour. */
const EXPECTED = "expectedUntil-";

const HOUR_MS = 60 * 60 * 1000;
/** Functions' clocks differ: what one takes for over must not be held by another. */
const MARGIN_MS = 60_000;

/** A file that was announced. */
export interface Announced {
  bytes: number;
  /** Seconds since 1970: it is not expected any more from then on. */
  expiresAt: number;
}

/**
 * Counts bytes, unless they would be more than there may be.
 * @param bytes below zero, where a file comes in place of a larger one.
 * @param expiresAt of those that are announced; without, they have come.
 * @returns false when they are too many: then nothing is counted.
 */
export async function countBytes(
  owner: string,
  bytes: number,
  { most, expiresAt }: { most?: number | undefined; expiresAt?: number | undefined },
): Promise<boolean> {
  const isBound = most !== undefined && bytes > 0;
  if (isBound && bytes > most) return false;
  return change(owner, {
    UpdateExpression: `ADD #bytes :bytes${expiresAt === undefined ? "" : ", #expected :bytes"}`,
    ...(isBound && { ConditionExpression: "attribute_not_exists(#bytes) OR #bytes <= :room" }),
    ExpressionAttributeNames: {
      "#bytes": "bytes",
      ...(expiresAt !== undefined && { "#expected": expectedAttribute(expiresAt) }),
    },
    ExpressionAttributeValues: { ":bytes": bytes, ...(isBound && { ":room": most - bytes }) },
  });
}

/** Bytes of originals that came, or, below zero, went: whatever there may be. A crash between an image's record and this leaves them out. */
export async function addBytes(owner: string, bytes: number): Promise<void> {
  if (bytes !== 0) await countBytes(owner, bytes, {});
}

/**
 * Ends the expectation of a file.
 * @param arrived bytes that came in its place; none where it was taken back.
 */
export async function settleBytes(
  owner: string,
  { bytes, expiresAt }: Announced,
  arrived: number,
): Promise<void> {
  const isSettled = await change(owner, {
    UpdateExpression: "ADD #bytes :more, #expected :fewer",
    ConditionExpression: "attribute_exists(#expected)",
    ExpressionAttributeNames: { "#bytes": "bytes", "#expected": expectedAttribute(expiresAt) },
    ExpressionAttributeValues: { ":more": arrived - bytes, ":fewer": -bytes },
  });
  // It came so late that it was given back.
  if (!isSettled) await addBytes(owner, arrived);
}

/** Gives back what was announced and has not come in time. @returns the bytes that are counted without. */
export async function giveBackUnsent(owner: string, now: Date): Promise<number> {
  const item = await readItem(owner);
  const over = overIn(item, now);
  if (over.length > 0)
    // Another one may be quicker, or a file arrive at the last moment: then it is for the next.
    await change(owner, {
      UpdateExpression: `REMOVE ${over.map((_, index) => `#${index}`).join(", ")} ADD #bytes :bytes`,
      ConditionExpression: over.map((_, index) => `#${index} = :${index}`).join(" AND "),
      ExpressionAttributeNames: {
        "#bytes": "bytes",
        ...Object.fromEntries(over.map(([name], index) => [`#${index}`, name])),
      },
      ExpressionAttributeValues: {
        ":bytes": -sumOf(over),
        ...Object.fromEntries(over.map(([, bytes], index) => [`:${index}`, bytes])),
      },
    });
  return countedIn(item, now);
}

/** Bytes that the user's originals have, and those that are expected. */
export async function bytesCounted(owner: string, now: Date): Promise<number> {
  return countedIn(await readItem(owner), now);
}

/** What of an item's bytes has arrived. @param item of the table of usage. */
export function bytesArrived(item: Record<string, unknown>): number {
  return Math.max(0, itemSchema.parse(item).bytes - sumOf(expectedIn(item)));
}

/** The bytes of an image's original that have come: of one that was announced, none have yet. */
export function bytesOf(record: { [Name in "original"]?: ImageRecord[Name] | undefined }): number {
  return record.original?.etag === undefined ? 0 : record.original.bytes;
}

/** The file that is expected by an image's record. */
export function announcedIn({
  status,
  original,
  expiresAt,
}: {
  [Name in "status" | "original" | "expiresAt"]?: ImageRecord[Name] | undefined;
}): Announced | undefined {
  if (status !== "PENDING" || original === undefined || expiresAt === undefined) return undefined;
  return { bytes: original.bytes, expiresAt };
}

/**
 * Deletes an image's record, and makes room for others of its owner.
 * @returns false when something newer has happened to the image than was read.
 */
export async function deleteCounted(tableName: string, record: ImageRecord): Promise<boolean> {
  const what = await deleteRecord(tableName, record);
  if (what === "deleted" && record.owner !== undefined) {
    const announced = announcedIn(record);
    await (announced ? settleBytes(record.owner, announced, 0) : addBytes(record.owner, -bytesOf(record)));
  }
  return what !== "changed";
}

const itemSchema = z.looseObject({ bytes: z.int().default(0) });
type Item = z.infer<typeof itemSchema>;

async function readItem(owner: string): Promise<Item> {
  const { Item = {} } = await table.send(
    new GetCommand({
      TableName: environmentVariable("USAGE_TABLE"),
      Key: { owner, period: ALWAYS },
      ConsistentRead: true,
    }),
  );
  return itemSchema.parse(Item);
}

/** @returns false when the condition did not hold. */
async function change(
  owner: string,
  update: Omit<UpdateCommandInput, "TableName" | "Key">,
): Promise<boolean> {
  const TableName = environmentVariable("USAGE_TABLE");
  try {
    await table.send(new UpdateCommand({ TableName, Key: { owner, period: ALWAYS }, ...update }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** @param expiresAt seconds since 1970. @returns the name of the attribute that sums what is expected until then. */
export function expectedAttribute(expiresAt: number): string {
  const end = Math.ceil((expiresAt * 1000) / HOUR_MS) * HOUR_MS;
  return `${EXPECTED}${new Date(end).toISOString()}`;
}

function expectedIn(item: Record<string, unknown>): [string, number][] {
  return Object.entries(item).flatMap(([name, bytes]): [string, number][] =>
    name.startsWith(EXPECTED) && typeof bytes === "number" ? [[name, bytes]] : [],
  );
}

/** Expected until an hour that is over. */
function overIn(item: Item, now: Date): [string, number][] {
  return expectedIn(item).filter(
    ([name]) => Date.parse(name.slice(EXPECTED.length)) + MARGIN_MS <= now.getTime(),
  );
}

/** Images of before there was a count are taken off it when they are deleted. */
function countedIn(item: Item, now: Date): number {
  return Math.max(0, item.bytes - sumOf(overIn(item, now)));
}

function sumOf(expected: [string, number][]): number {
  return expected.reduce((sum, [, bytes]) => sum + bytes, 0);
}
