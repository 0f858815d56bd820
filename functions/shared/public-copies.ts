/**
 * Copies of published files that anybody may see. They are in a folder of their own, so that what is private stays where it is, and taking
 * an image back is deleting them. `public` in the record says which version they are of.
 *
 * Others may publish, take back or delete meanwhile. Copies that are missing for a moment are put right by whoever made them
 * missing; copies that nothing points to would be seen by people who are not to see them, so whoever copies looks at the record afterwards.
 */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ImageRecord, Publication } from "./image-record.ts";
import { publicPrefix, versionIn } from "./keys.ts";
import { persistently } from "./persistently.ts";
import { copyForAll, deleteObjects, keysUnder } from "./storage.ts";
import { readRecord } from "./table.ts";

export interface PublicPlace {
  tableName: string;
  processedBucket: string;
  s3: S3Client;
  table: DynamoDBDocumentClient;
}

/** @returns the record as it is then; without `public`, or undefined, where there is nothing to show. */
export async function makePublic(place: PublicPlace, imageId: string): Promise<ImageRecord | undefined> {
  try {
    return await showWhatIsPublished(place, imageId, true);
  } catch (error) {
    // Its owner may have taken it back or deleted it since: nobody else would take away what was copied.
    await persistently(() => followPublished(place, imageId));
    throw error;
  }
}

/** Where an image is public, shows what is published of it now; the copies of before stay until then. Where it is not, there are none after this. */
export async function followPublished(place: PublicPlace, imageId: string): Promise<void> {
  await showWhatIsPublished(place, imageId, false);
}

/** Nobody finds it any more, and its copies are gone. */
export async function takeBack(place: PublicPlace, imageId: string): Promise<void> {
  const { table, tableName } = place;
  // Before it is written, too: then nobody sees them, even if this comes no further.
  await deleteCopies(place, await copiesOf(place, imageId));
  await table
    .send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: "REMOVE #public",
        ConditionExpression: "attribute_exists(imageId)",
        ExpressionAttributeNames: { "#public": "public" },
      }),
    )
    .catch(ignoreFailedCondition);
  await persistently(() => followPublished(place, imageId));
}

const MAX_ATTEMPTS = 3;

async function showWhatIsPublished(
  place: PublicPlace,
  imageId: string,
  begins: boolean,
): Promise<ImageRecord | undefined> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const record = await readRecord(place.tableName, imageId, place.table);
    const { published } = record ?? {};
    if (record === undefined || published === undefined || !(begins || record.public)) {
      if (begins) return record;
      // Whoever showed it may have been broken off when it was taken back.
      await deleteCopies(place, await copiesOf(place, imageId));
      const now = await readRecord(place.tableName, imageId, place.table);
      if (now?.public === undefined) return now;
      continue;
    }
    // Also those that somebody did not come to deleting; and none of what is published after this.
    const copies = await copiesOf(place, imageId);
    const others = copies.filter((key) => versionIn(key) !== published.version);
    await copyMissing(place, imageId, published);
    const isPointed = await point(place, record, published.version);
    if (isPointed) {
      await deleteCopies(place, others);
      // Whoever took the image back in between deleted what was copied before.
      await copyMissing(place, imageId, published);
    }
    const now = await readRecord(place.tableName, imageId, place.table);
    if (now?.public?.version === published.version) return now;
    await deleteCopies(place, await copiesOf(place, imageId, published.version));
    // It was public: who has changed that since is followed.
    begins &&= !isPointed;
  }
  throw new Error("The image's record keeps changing. Try again.");
}

async function copyMissing(place: PublicPlace, imageId: string, publication: Publication): Promise<void> {
  const { processedBucket, s3 } = place;
  const there = new Set(await copiesOf(place, imageId, publication.version));
  const files = new Map(
    publication.variants.map(({ key, format }) => [
      key,
      { format, copy: publicCopy(imageId, publication.version, key) },
    ]),
  );
  const missing = [...files].filter(([, { copy }]) => !there.has(copy));
  const copies = missing.map(([from, { format, copy }]) =>
    copyForAll({ bucket: processedBucket, from, to: copy, format }, s3),
  );
  // None is under way any more when this has failed.
  await Promise.allSettled(copies);
  await Promise.all(copies);
}

/** Under the name that the file has. */
export function publicCopy(imageId: string, version: string, key: string): string {
  return publicPrefix(imageId, version) + (key.split("/").at(-1) ?? "");
}

/** What everybody sees of an image; undefined where that is nothing. */
export function shownToAll(record: ImageRecord): Publication | undefined {
  const { published, previous } = record;
  return [published, previous].find(
    (publication) => publication !== undefined && publication.version === record.public?.version,
  );
}

/** @returns whether everybody sees that version now, for as long as nobody changes that. */
async function point(
  place: PublicPlace,
  { imageId, public: before }: ImageRecord,
  version: string,
): Promise<boolean> {
  const { table, tableName } = place;
  const shown = { since: before?.since ?? new Date().toISOString(), version };
  const answer = await table
    .send(
      new UpdateCommand({
        TableName: tableName,
        Key: { imageId },
        UpdateExpression: "SET #public = :public",
        // Who only follows does not make public what was taken back meanwhile.
        ConditionExpression: `published.#version = :version AND ${before ? "attribute_exists(#public)" : "attribute_not_exists(#public)"}`,
        ExpressionAttributeNames: { "#public": "public", "#version": "version" },
        ExpressionAttributeValues: { ":public": shown, ":version": version },
      }),
    )
    .catch(ignoreFailedCondition);
  return answer !== undefined;
}

function copiesOf(
  { processedBucket, s3 }: PublicPlace,
  imageId: string,
  version?: string,
): Promise<string[]> {
  return keysUnder(processedBucket, publicPrefix(imageId, version), s3);
}

function deleteCopies({ processedBucket, s3 }: PublicPlace, copies: string[]): Promise<void> {
  return deleteObjects(processedBucket, copies, s3);
}

function ignoreFailedCondition(error: unknown): undefined {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
}
