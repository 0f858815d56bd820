/** The table `ImageMetadata`: how a record is read, and how it is changed. */
import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type * as z from "zod";
import {
  ATTENTION_INDEX,
  attentionOf,
  attentionsOf,
  DELETION_INDEX,
  DELETIONS,
  deletionOf,
  type ImageRecord,
  imageRecordSchema,
  LIST_INDEXES,
  ownerStatusOf,
  type Status,
  searchKeyOf,
} from "./image-record.ts";
import type { Image } from "./state.ts";
import { Throttled, throttledOr } from "./throttled.ts";

export const table = DynamoDBDocumentClient.from(new DynamoDBClient(), {
  marshallOptions: { removeUndefinedValues: true },
});

const seenSchema = imageRecordSchema.partial();
/** A record as it was before a change; empty when there was none. */
export type SeenRecord = z.infer<typeof seenSchema>;

const IN_THIS_EXECUTION = "#lastAttempt.#execution.#name = :execution";

/** Nor of the same and of an attempt that began later: as `mayPublish` says. One that is under way was marked when it began. */
const OF_NO_NEWER_VERSION = `attribute_exists(#imageId) AND #lastAttempt.#sequencer <= :sequencer AND (${IN_THIS_EXECUTION} OR #lastAttempt.#sequencer < :sequencer OR #lastAttempt.#at < :startedAt OR #lastAttempt.#startedAt < :startedAt)`;

const GIVEN_UP = `(${IN_THIS_EXECUTION} AND #lastAttempt.#status = :failed)`;
/**
 * What was given up on has no files any more: a function that ends later than its state publishes nothing. An execution that begins only
 * after that was started by a message that came again, and may be done before the record says so.
 */
const NOT_GIVEN_UP = `(NOT ${GIVEN_UP} OR #lastAttempt.#at < :startedAt)`;

const NOT_PUBLISHED = "NOT (#published.#version = :version OR #previous.#version = :version)";

/** What has to hold of the record for a change to be made. */
const CONDITIONS = {
  "is new, or of an older version":
    "attribute_not_exists(#lastAttempt) OR #lastAttempt.#sequencer < :sequencer",
  "exists, of no newer version, without this published": `${OF_NO_NEWER_VERSION} AND ${NOT_PUBLISHED}`,
  "exists, of no newer version, with nothing published": `${OF_NO_NEWER_VERSION} AND ${NOT_GIVEN_UP} AND attribute_not_exists(#published)`,
  "exists, of no newer version, with others published": `${OF_NO_NEWER_VERSION} AND ${NOT_GIVEN_UP} AND ${NOT_PUBLISHED} AND attribute_exists(#published)`,
  "is under way in this execution": `${IN_THIS_EXECUTION} AND #lastAttempt.#status = :processing`,
  "was given up on in this execution": GIVEN_UP,
  "is of this version, and in another status":
    "#lastAttempt.#sequencer = :sequencer AND NOT #status = :status",
  "is of no version yet": "attribute_not_exists(#lastAttempt)",
  "is of the attempt that was seen": "#lastAttempt.#at = :seenAt",
  "is this owner's": "#owner = :ownedBy",
};

/** What follows from other attributes, and is written with them. */
type Derived =
  | "attention"
  | "ownerStatus"
  | "nameKey"
  | "editedNameKey"
  | "captionKey"
  | "editedCaptionKey"
  | "deletion";

/** What an owner may have said of an image since, and where that is kept. */
const EDITED = {
  name: "editedName",
  nameKey: "editedNameKey",
  caption: "editedCaption",
  captionKey: "editedCaptionKey",
  tags: "editedTags",
} as const;

/** Whoever writes the status says whose the image is: an index has both together. */
type Attributes = {
  [Name in Exclude<keyof ImageRecord, Derived | "status">]?: ImageRecord[Name] | undefined;
} & ({ status?: never } | { status: Status; owner: string | undefined });

export interface Change {
  /** Attributes to write; those that are undefined are taken out. */
  set: Attributes;
  /** Attributes to write unless there is a value already. */
  setIfAbsent?: Pick<Attributes, "name" | "caption" | "tags" | "taggedOwner" | "downloads">;
  /** Attributes to write unless the owner has said another value, which is written then. */
  setUnlessEdited?: Pick<Attributes, "name" | "caption" | "tags">;
  /** Moves what is published to `previous`. It has to be there. */
  keepPublished?: boolean;
  condition: keyof typeof CONDITIONS;
  /** What the condition speaks of: the version that the change is about, what it publishes, and when the attempt that was seen was recorded. */
  sequencer?: string;
  version?: string;
  /** Its name: the ARN of an EXPRESS one nobody knows before it runs. */
  execution?: string;
  /** When it began. */
  startedAt?: string;
  seenAt?: string | undefined;
  ownedBy?: string;
}

/** What conditions compare with, whatever the change. */
const STATUSES = { processing: "PROCESSING", failed: "FAILED" };

/** @returns the record as the last write left it; undefined when there is none. */
export async function readRecord(
  tableName: string,
  imageId: string,
  client = table,
): Promise<ImageRecord | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: { imageId }, ConsistentRead: true }),
  );
  return Item && imageRecordSchema.parse(Item);
}

/** For each shard of the index, the ids of images that may have to be looked at, those that have waited longest first. */
export function needingAttention(
  tableName: string,
  status: Parameters<typeof attentionsOf>[0],
  { before }: { before: Date },
): AsyncGenerator<string>[] {
  return attentionsOf(status).map(async function* (attention) {
    const pages = paginateQuery(
      { client: table, pageSize: 100 },
      {
        TableName: tableName,
        IndexName: ATTENTION_INDEX,
        KeyConditionExpression: "attention = :attention AND updatedAt <= :before",
        ExpressionAttributeValues: {
          ":attention": attention,
          ":before": before.toISOString(),
        },
      },
    );
    for await (const { Items = [] } of pages) for (const item of Items) yield keyOfRecord.parse(item).imageId;
  });
}

/** The ids of images whose time is over, so many together. The index may be a moment behind. */
export async function* dueForDeletion(tableName: string, together: number): AsyncGenerator<string[]> {
  for (const deletion of DELETIONS) {
    const pages = paginateQuery(
      { client: table, pageSize: together },
      {
        TableName: tableName,
        IndexName: DELETION_INDEX,
        KeyConditionExpression: "deletion = :deletion AND deleteAt <= :now",
        ExpressionAttributeValues: { ":deletion": deletion, ":now": new Date().toISOString() },
      },
    );
    for await (const { Items = [] } of pages) yield Items.map((item) => keyOfRecord.parse(item).imageId);
  }
}

/**
 * How many images are under way, give or take those of the last moments.
 * @param most is as far as it counts, for each shard. One that has more than DynamoDB reads at a time (1 MB) counts for so many, and
 *   so do all where it refuses to count.
 */
export async function countUnderWay(tableName: string, most: number): Promise<number> {
  try {
    const shards = await queryAttention(tableName, "PROCESSING", { Select: "COUNT", Limit: most });
    return shards.reduce(
      (sum, { Count = 0, LastEvaluatedKey }) => sum + (LastEvaluatedKey ? most : Count),
      0,
    );
  } catch (error) {
    return mostIfThrottled(error, most);
  }
}

/** How many of an owner's images are under way, as far as `most`. Where DynamoDB refuses to count, so many. */
export async function countUnderWayOf(tableName: string, owner: string, most: number): Promise<number> {
  try {
    const { Count = 0 } = await table.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: LIST_INDEXES.byStatus,
        KeyConditionExpression: "ownerStatus = :ownerStatus",
        ExpressionAttributeValues: { ":ownerStatus": ownerStatusOf(owner, "PROCESSING") },
        Select: "COUNT",
        Limit: most,
      }),
    );
    return Count;
  } catch (error) {
    return mostIfThrottled(error, most);
  }
}

function mostIfThrottled(error: unknown, most: number): number {
  if (throttledOr(error) instanceof Throttled) return most;
  throw error;
}

/** One page of each shard of the index, in the order of `updatedAt`. */
export function queryAttention(
  tableName: string,
  status: Parameters<typeof attentionsOf>[0],
  page: Pick<QueryCommandInput, "Limit" | "ScanIndexForward" | "Select">,
): Promise<QueryCommandOutput[]> {
  const shards = attentionsOf(status).map((attention) =>
    table.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: ATTENTION_INDEX,
        KeyConditionExpression: "attention = :attention",
        ExpressionAttributeValues: { ":attention": attention },
        ...page,
      }),
    ),
  );
  return Promise.all(shards);
}

const keyOfRecord = imageRecordSchema.pick({ imageId: true });

/**
 * Changes an image's record in one conditional write.
 * @returns undefined when the condition did not hold.
 */
export async function changeRecord(
  tableName: string,
  imageId: string,
  { set, keepPublished = false, condition, ...change }: Change,
): Promise<SeenRecord | undefined> {
  const { setIfAbsent: ifAbsent = {}, setUnlessEdited: unlessEdited = {}, ...about } = change;
  const setIfAbsent = withSearchKeys(ifAbsent);
  const setUnlessEdited = withSearchKeys(unlessEdited);
  const attributes = Object.entries({
    ...withSearchKeys(set),
    // What was taken away costs nothing in the index.
    ...(set.caption === "" && { captionKey: undefined }),
    ...(set.status && {
      attention: attentionOf(imageId, set.status),
      ownerStatus: ownerStatusOf(set.owner, set.status),
    }),
    ...(Object.hasOwn(set, "deleteAt") && { deletion: deletionOf(imageId, set.deleteAt) }),
  });
  const removed = attributes.filter(([, value]) => value === undefined);
  const assignments = [
    ...attributes.filter(([, value]) => value !== undefined).map(([name]) => `#${name} = :${name}`),
    ...Object.keys(setIfAbsent).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
    ...Object.entries(EDITED).flatMap(([name, edited]) =>
      Object.hasOwn(setUnlessEdited, name) ? [`#${name} = if_not_exists(#${edited}, :${name})`] : [],
    ),
    ...(keepPublished ? ["#previous = #published"] : []),
  ];
  const removals = removed.length === 0 ? "" : ` REMOVE ${removed.map(([name]) => `#${name}`).join(", ")}`;
  const update = `SET ${assignments.join(", ")}${removals}`;
  const holds = CONDITIONS[condition];
  const used = (sign: string) =>
    new Set(
      [...`${update} ${holds}`.matchAll(new RegExp(`${sign}(\\w+)`, "g"))].map(([, name = ""]) => name),
    );
  const values = new Map<string, unknown>([
    ...attributes,
    ...Object.entries({ ...setIfAbsent, ...setUnlessEdited, ...about, ...STATUSES }),
  ]);
  try {
    const { Attributes } = await table.send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: update,
        ConditionExpression: holds,
        ExpressionAttributeNames: Object.fromEntries([...used("#")].map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          [...used(":")].map((name) => [`:${name}`, values.get(name)]),
        ),
        ReturnValues: "ALL_OLD",
      }),
    );
    return seenSchema.parse(Attributes ?? {});
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function withSearchKeys<Set extends Pick<Attributes, "name" | "editedName" | "caption" | "editedCaption">>(
  set: Set,
): Set & { [Name in "nameKey" | "editedNameKey" | "captionKey" | "editedCaptionKey"]?: string } {
  const { name, editedName, caption, editedCaption } = set;
  return {
    ...set,
    ...(name !== undefined && { nameKey: searchKeyOf(name) }),
    ...(editedName !== undefined && { editedNameKey: searchKeyOf(editedName) }),
    ...(caption !== undefined && { captionKey: searchKeyOf(caption) }),
    ...(editedCaption !== undefined && { editedCaptionKey: searchKeyOf(editedCaption) }),
  };
}

/**
 * Says in the record that an execution of this version is under way, so that it can be watched. The outcome, later,
 * is written into this record and nowhere else: a record that is deleted meanwhile stays deleted.
 * @param seen what the condition speaks of, where that is not this execution.
 * @returns what the record was before; undefined when the condition did not hold.
 */
export async function markProcessing(
  tableName: string,
  image: Image,
  execution: { arn: string; name: string },
  condition: Change["condition"],
  seen: Pick<Change, "seenAt" | "execution"> = {},
): Promise<SeenRecord | undefined> {
  const { imageId, owner, uploadedAt, sequencer, bytes, key, versionId, etag } = image;
  const at = new Date().toISOString();
  return changeRecord(tableName, imageId, {
    set: {
      status: "PROCESSING",
      owner,
      uploadedAt,
      updatedAt: at,
      original: { key, versionId, etag, bytes },
      lastAttempt: { status: "PROCESSING", at, sequencer, execution },
      expiresAt: undefined,
    },
    setIfAbsent: { downloads: {} },
    condition,
    sequencer,
    execution: execution.name,
    ...seen,
  });
}

/** @returns `gone` when somebody else was quicker; `changed` when something newer has happened to the image than was read. */
export async function deleteRecord(
  tableName: string,
  { imageId, updatedAt }: Pick<ImageRecord, "imageId" | "updatedAt">,
): Promise<"deleted" | "gone" | "changed"> {
  try {
    const { Attributes } = await table.send(
      new DeleteCommand({
        TableName: tableName,
        Key: { imageId },
        ConditionExpression: "attribute_not_exists(imageId) OR #updatedAt = :seen",
        ExpressionAttributeNames: { "#updatedAt": "updatedAt" },
        ExpressionAttributeValues: { ":seen": updatedAt },
        ReturnValues: "ALL_OLD",
      }),
    );
    return Attributes === undefined ? "gone" : "deleted";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "changed";
    throw error;
  }
}
