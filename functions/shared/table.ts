/** The table `ImageMetadata`. */
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Image } from "./state.ts";

export const table = DynamoDBDocumentClient.from(new DynamoDBClient(), {
  marshallOptions: { removeUndefinedValues: true },
});

/**
 * Says in the record that an execution of this version is under way, so that it can be watched. The outcome, later,
 * is written into this record and nowhere else: a record that is deleted meanwhile stays deleted.
 * @returns false when this version, or a newer one, is in the record already.
 */
export async function markProcessing(
  tableName: string,
  image: Image,
  execution: { arn: string; name: string },
  condition: "newer version only" | "any version",
): Promise<boolean> {
  const { imageId, owner, uploadedAt, sequencer, bytes } = image;
  const { bucket, key, versionId, etag } = image;
  const values = {
    status: "PROCESSING",
    owner,
    uploadedAt,
    updatedAt: new Date().toISOString(),
    sequencer,
    original: { bucket, key, versionId, etag, bytes },
    execution,
  };
  const attributes = Object.entries(values).filter(([, value]) => value !== undefined);
  const newer = "attribute_not_exists(#sequencer) OR #sequencer < :sequencer";
  try {
    await table.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: `SET ${attributes.map(([name]) => `#${name} = :${name}`).join(", ")}, #downloads = if_not_exists(#downloads, :none) REMOVE #expiresAt, #rejection, #error`,
        ConditionExpression: condition === "any version" ? "attribute_exists(#imageId)" : newer,
        ExpressionAttributeNames: Object.fromEntries(
          [
            ...attributes.map(([name]) => name),
            "downloads",
            "expiresAt",
            "rejection",
            "error",
            ...(condition === "any version" ? ["imageId"] : []),
          ].map((name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: {
          ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
          ":none": {},
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
