/** What was told of images, newest first. */
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { CHANGES_KEY, changeSchema } from "../shared/change.ts";
import { environmentVariable } from "../shared/settings.ts";
import { table } from "../shared/table.ts";
import { logger } from "./api.ts";

const changesTable = environmentVariable("CHANGES_TABLE");

const itemSchema = changeSchema.extend({ [CHANGES_KEY.range]: z.string() });
export type ToldChange = z.infer<typeof itemSchema>;

/** @param audience an owner, or another of whom changes are told. */
export async function newestChanges(
  audience: string,
  { from, most }: { from: Date; most: number },
): Promise<{ items: ToldChange[]; isCut: boolean }> {
  const { Items = [], LastEvaluatedKey } = await table.send(
    new QueryCommand({
      TableName: changesTable,
      KeyConditionExpression: "#owner = :audience AND #change > :from",
      ExpressionAttributeNames: { "#owner": CHANGES_KEY.hash, "#change": CHANGES_KEY.range },
      ExpressionAttributeValues: { ":audience": audience, ":from": from.toISOString() },
      ScanIndexForward: false,
      Limit: most,
    }),
  );
  return { items: Items.flatMap(readable), isCut: LastEvaluatedKey !== undefined };
}

/** One that cannot be read is left out: the others are worth telling. */
function readable(item: Record<string, unknown>): ToldChange[] {
  const { data, error } = itemSchema.safeParse(item);
  if (error)
    logger.error("What was told of an image cannot be read; it is left out", {
      imageId: item.imageId,
      reason: z.prettifyError(error),
    });
  return data === undefined ? [] : [data];
}
