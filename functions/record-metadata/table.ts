/** The table `ImageMetadata`, as this function writes it. */
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ImageRecord } from "./record.ts";

const table = DynamoDBDocumentClient.from(new DynamoDBClient(), {
  marshallOptions: { removeUndefinedValues: true },
});

/** What a write did: `unchanged` when this execution had recorded the same outcome before. */
export type Written = "recorded" | "unchanged" | "superseded";

/**
 * Writes the whole outcome at once, unless a newer version of the same image is recorded already. Attributes
 * that other parts keep in the item are left alone; those of an earlier outcome are taken out.
 */
export async function writeRecord(
  tableName: string,
  { imageId, ...attributes }: ImageRecord,
): Promise<Written> {
  const entries = Object.entries(attributes);
  const set = entries.filter(([, value]) => value !== undefined);
  const remove = entries.filter(([, value]) => value === undefined);
  try {
    const { Attributes: previous } = await table.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: [
          `SET ${set.map(([name]) => `#${name} = :${name}`).join(", ")}`,
          remove.length === 0 ? "" : `REMOVE ${remove.map(([name]) => `#${name}`).join(", ")}`,
        ].join(" "),
        ConditionExpression: "attribute_not_exists(#sequencer) OR #sequencer <= :sequencer",
        ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ReturnValues: "ALL_OLD",
      }),
    );
    const isRepeat =
      previous?.status === attributes.status && previous.execution?.arn === attributes.execution.arn;
    return isRepeat ? "unchanged" : "recorded";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "superseded";
    throw error;
  }
}
