/** Swaps what is published of one image and what was before: in its record, and in the marks of the files. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutObjectTaggingCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { fileKeysOf, imageRecordSchema, type Publication } from "../../functions/shared/image-record.ts";
import { imageIdOf, REPLACED_TAG } from "../../functions/shared/keys.ts";

export interface Shelf {
  s3: S3Client;
  table: DynamoDBDocumentClient;
  tableName: string;
  processedBucket: string;
}

/** `nothing`: there is no version before, or it is shown already. */
export type Swapped = "swapped" | "nothing";

const recordSchema = imageRecordSchema.pick({ published: true, previous: true });

/**
 * Shows the older of the two again; undoing, the newer. So the same command may be given twice.
 * @throws when files are gone, or something else happens to the image.
 */
export async function putBack(key: string, shelf: Shelf, isUndoing: boolean): Promise<Swapped> {
  const imageId = imageIdOf(key);
  const { table, tableName } = shelf;
  const { Item } = await table.send(
    new GetCommand({ TableName: tableName, Key: { imageId }, ConsistentRead: true }),
  );
  const { published, previous } = Item === undefined ? {} : recordSchema.parse(Item);
  if (!published || !previous || published.at < previous.at !== isUndoing) return "nothing";
  // What is shown next is kept before it is shown.
  for (const file of fileKeysOf(previous)) await keep(file, shelf);
  try {
    await swap(imageId, { published, previous }, shelf);
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    await Promise.all(fileKeysOf(previous).map((file) => leaveToLifecycle(file, shelf)));
    throw new Error("Something else was published of it just now. Look at it again.");
  }
  await Promise.all(fileKeysOf(published).map((file) => leaveToLifecycle(file, shelf)));
  return "swapped";
}

async function swap(
  imageId: string,
  { published, previous }: { published: Publication; previous: Publication },
  { table, tableName }: Shelf,
): Promise<void> {
  await table.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { imageId },
      UpdateExpression: "SET published = previous, previous = published, updatedAt = :now",
      ConditionExpression: "published.#version = :published AND previous.#version = :previous",
      ExpressionAttributeNames: { "#version": "version" },
      ExpressionAttributeValues: {
        ":now": new Date().toISOString(),
        ":published": published.version,
        ":previous": previous.version,
      },
    }),
  );
}

/** Takes a file out of the lifecycle's reach, and brings it back if it was deleted. */
async function keep(file: string, shelf: Shelf): Promise<void> {
  const unmark = () =>
    shelf.s3.send(new DeleteObjectTaggingCommand({ Bucket: shelf.processedBucket, Key: file }));
  try {
    await unmark();
  } catch (error) {
    if (!isGone(error)) throw error;
    await undelete(file, shelf);
    await unmark();
  }
}

/** Without its delete marker, an object is what it was before. */
async function undelete(file: string, { s3, processedBucket: Bucket }: Shelf): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: file }),
  );
  const marker = DeleteMarkers.find(({ Key, IsLatest }) => Key === file && IsLatest);
  if (!marker || !Versions.some(({ Key }) => Key === file))
    throw new Error("The files of the version before are gone. Process it again.");
  await s3.send(new DeleteObjectCommand({ Bucket, Key: file, VersionId: marker.VersionId }));
}

async function leaveToLifecycle(file: string, { s3, processedBucket }: Shelf): Promise<void> {
  const Tagging = { TagSet: [{ Key: REPLACED_TAG.key, Value: REPLACED_TAG.value }] };
  await s3.send(new PutObjectTaggingCommand({ Bucket: processedBucket, Key: file, Tagging }));
}

/** With a delete marker on top, S3 answers 405 to some requests. */
function isGone(error: unknown): boolean {
  return error instanceof S3ServiceException && [404, 405].includes(error.$metadata.httpStatusCode ?? 0);
}
