/** Whether sign-up and uploads are closed, because a month's budget is used up: an item of the table of usage, of nobody and that month. */
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { environmentVariable, settingFromEnvironment } from "./settings.ts";
import { table } from "./table.ts";

/** No user's id, which are UUIDs. */
const EVERYBODY = "everybody";

export interface Until {
  at: Date;
  /** For a sentence: "1 December 2026". */
  text: string;
}

/** Whether there is a budget. */
const canClose = settingFromEnvironment("CAN_CLOSE", z.boolean());

/** @returns until when; undefined while they are open. */
export async function closedUntil(now: Date): Promise<Until | undefined> {
  if (!canClose) return undefined;
  const { Item } = await table.send(
    new GetCommand({ TableName: environmentVariable("USAGE_TABLE"), Key: keyOf(now), ConsistentRead: true }),
  );
  return Item && nextMonth(now);
}

/** @param toldAt a time of the month that has cost what it may. @returns undefined where that is over: then nothing is closed. */
export async function close(toldAt: Date): Promise<Until | undefined> {
  const until = nextMonth(toldAt);
  if (until.at.getTime() <= Date.now()) return undefined;
  await table.send(
    new PutCommand({
      TableName: environmentVariable("USAGE_TABLE"),
      Item: { ...keyOf(toldAt), expiresAt: Math.floor(until.at.getTime() / 1000) },
    }),
  );
  return until;
}

function keyOf(now: Date) {
  return { owner: EVERYBODY, period: now.toISOString().slice(0, "2026-01".length) };
}

function nextMonth(now: Date): Until {
  const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
  const text = at.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return { at, text };
}
