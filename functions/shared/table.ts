/** The table `ImageMetadata`: how a record is read, and how it is changed. */
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type ImageRecord, imageRecordSchema } from "./image-record.ts";
import type { Image } from "./state.ts";

export const table = DynamoDBDocumentClient.from(new DynamoDBClient(), {
  marshallOptions: { removeUndefinedValues: true },
});

/** What has to hold of the record for a change to be made. */
const CONDITIONS = {
  "is new, or of an older version": "attribute_not_exists(#sequencer) OR #sequencer < :sequencer",
  "exists, of no newer version": "attribute_exists(#imageId) AND #sequencer <= :sequencer",
  "is of this version, and in another status": "#sequencer = :sequencer AND NOT #status = :status",
  "is of no version yet": "attribute_not_exists(#sequencer)",
  "is as it was seen": "#updatedAt = :seenAt",
};

export interface Change {
  /** Attributes to write; those that are undefined are taken out. */
  set: { [Name in keyof ImageRecord]?: ImageRecord[Name] | undefined };
  /** Attributes to write unless there is a value already. */
  setIfAbsent?: Partial<ImageRecord>;
  condition: keyof typeof CONDITIONS;
  /** For the condition "is as it was seen": `updatedAt` of the record then. */
  seenAt?: string | undefined;
}

/** @returns the record as the last write left it; undefined when there is none. */
export async function readRecord(tableName: string, imageId: string): Promise<ImageRecord | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: tableName, Key: { imageId }, ConsistentRead: true }),
  );
  return Item && imageRecordSchema.parse(Item);
}

/**
 * Changes an image's record in one conditional write.
 * @returns what the record was before, empty when there was none; undefined when the condition did not hold.
 */
export async function changeRecord(
  tableName: string,
  imageId: string,
  { set, setIfAbsent = {}, condition, seenAt }: Change,
): Promise<Record<string, unknown> | undefined> {
  const attributes = Object.entries(set);
  const removed = attributes.filter(([, value]) => value === undefined);
  const assignments = [
    ...attributes.filter(([, value]) => value !== undefined).map(([name]) => `#${name} = :${name}`),
    ...Object.keys(setIfAbsent).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
  ];
  const removals = removed.length === 0 ? "" : ` REMOVE ${removed.map(([name]) => `#${name}`).join(", ")}`;
  const update = `SET ${assignments.join(", ")}${removals}`;
  const holds = CONDITIONS[condition];
  try {
    const { Attributes } = await table.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: update,
        ConditionExpression: holds,
        ExpressionAttributeNames: Object.fromEntries(
          [...`${update} ${holds}`.matchAll(/#(\w+)/g)].map(([placeholder, name]) => [
            placeholder,
            name ?? "",
          ]),
        ),
        ExpressionAttributeValues: Object.fromEntries(
          Object.entries({ ...set, ...setIfAbsent, seenAt })
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => [`:${name}`, value]),
        ),
        ReturnValues: "ALL_OLD",
      }),
    );
    return Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/**
 * Says in the record that an execution of this version is under way, so that it can be watched. The outcome, later,
 * is written into this record and nowhere else: a record that is deleted meanwhile stays deleted.
 * @returns what the record was before; undefined when the condition did not hold.
 */
export async function markProcessing(
  tableName: string,
  image: Image,
  execution: { arn: string; name: string },
  condition: Change["condition"],
  seenAt?: string,
): Promise<Record<string, unknown> | undefined> {
  const { imageId, owner, uploadedAt, sequencer, bytes, bucket, key, versionId, etag } = image;
  return changeRecord(tableName, imageId, {
    set: {
      status: "PROCESSING",
      owner,
      uploadedAt,
      updatedAt: new Date().toISOString(),
      sequencer,
      original: { bucket, key, versionId, etag, bytes },
      execution,
      rejection: undefined,
      error: undefined,
      expiresAt: undefined,
    },
    setIfAbsent: { downloads: {} },
    condition,
    seenAt,
  });
}
