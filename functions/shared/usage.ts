/** What each user has used: counts of a day, an item each, and the bytes that are stored. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { environmentVariable } from "./settings.ts";
import { table } from "./table.ts";
import { bytesCounted } from "./usage-bytes.ts";

/** What is counted by the day. */
export type Counted = "images" | "changes";

/** Day by day, for `npm run usage`: of the month before the present one, too. */
const KEPT_DAYS = 62;

const daySchema = z.object({ images: z.int(), changes: z.int() });
export type Usage = z.infer<typeof daySchema> & { bytes: number };

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

export async function usageOf(owner: string, now: Date): Promise<Usage> {
  const [bytes, { images = 0, changes = 0 }] = await Promise.all([
    bytesCounted(owner, now),
    readDay(owner, now),
  ]);
  return { images, changes, bytes };
}

async function readDay(owner: string, day: Date) {
  const { Item } = await table.send(
    new GetCommand({
      TableName: environmentVariable("USAGE_TABLE"),
      Key: { owner, period: dayOf(day) },
      ConsistentRead: true,
    }),
  );
  return daySchema.partial().parse(Item ?? {});
}

function dayOf(now: Date): string {
  return now.toISOString().slice(0, "2026-01-01".length);
}
