/** The table `ImageMetadata`, as this function writes it. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ImageRecord } from "../shared/image-record.ts";
import { fileNameOf } from "../shared/keys.ts";
import { table } from "../shared/table.ts";

/** What a write did: `unchanged` when this execution had recorded the same outcome before. */
export type Written = "recorded" | "unchanged" | "superseded";

/**
 * Writes the whole outcome at once, unless a newer version of the same image is recorded already, or the record
 * was deleted in the meantime. A name and a caption that were given before stay; the rest of an earlier outcome goes.
 */
export async function writeRecord(tableName: string, record: ImageRecord): Promise<Written> {
  const { imageId, name, caption, ...attributes } = record;
  const given = caption === undefined ? {} : { caption };
  const entries = Object.entries({ ...attributes, ...given, expiresAt: undefined });
  // A file's own name says nothing that a name given earlier did not say better.
  const nameToSet = name === fileNameOf(record.original.key) ? "if_not_exists(#name, :name)" : ":name";
  const set = entries.filter(([, value]) => value !== undefined);
  const remove = entries.filter(([, value]) => value === undefined);
  const names = [...entries.map(([attribute]) => attribute), "name", "imageId"];
  try {
    const { Attributes: previous } = await table.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: [
          `SET ${[...set.map(([attribute]) => `#${attribute} = :${attribute}`), `#name = ${nameToSet}`].join(", ")}`,
          `REMOVE ${remove.map(([attribute]) => `#${attribute}`).join(", ")}`,
        ].join(" "),
        ConditionExpression: "attribute_exists(#imageId) AND #sequencer <= :sequencer",
        ExpressionAttributeNames: Object.fromEntries(names.map((attribute) => [`#${attribute}`, attribute])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map(([attribute, value]) => [`:${attribute}`, value])),
          ":name": name,
        },
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
