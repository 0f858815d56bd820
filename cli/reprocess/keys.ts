/** The keys of the images that are meant, in the order in which S3 lists them. */
import { type _Object, ListObjectsV2Command, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { UsageError } from "../command.ts";
import type { Target } from "./target.ts";

export interface Choice {
  /** Undefined for all that have the prefix. */
  keys: string[] | undefined;
  /** Empty for the whole bucket. */
  prefix: string;
  /** Of their records; undefined for all, those that have none too. */
  status: string | undefined;
  /** Leaves out this key and those before it. */
  startAfter: string | undefined;
}

/** Where the keys are looked for. */
export type Source = Pick<Target, "s3" | "bucket" | "table" | "tableName">;

/** @param missing gets keys that were named and are not there. */
export async function* keysOf(choice: Choice, target: Source, missing: string[]): AsyncGenerator<string> {
  const { keys, status, startAfter = "" } = choice;
  if (keys === undefined && status === undefined) yield* listed(choice, target);
  else {
    const chosen =
      status === undefined ? await named(keys ?? [], target, missing) : await ofStatus(choice, target);
    yield* chosen.sort(compareUtf8).filter((key) => compareUtf8(key, startAfter) > 0);
  }
}

/** Keys may have characters that XML has not. */
const EncodingType = "url";

async function* listed({ prefix, startAfter }: Choice, { s3, bucket }: Source): AsyncGenerator<string> {
  const asked = { Bucket: bucket, Prefix: prefix, StartAfter: startAfter, EncodingType } as const;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, asked))
    yield* Contents.filter((object) => !isFolder(object)).map(({ Key = "" }) => decoded(Key));
}

/** Of the keys that were named, those that are there. */
async function named(keys: string[], { s3, bucket }: Source, missing: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const key of new Set(keys)) {
    // A key is the first of all that start with it, so that the right to list is enough.
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1, EncodingType }),
    );
    const isThere = Contents.some((object) => decoded(object.Key ?? "") === key && !isFolder(object));
    if (isThere) found.push(key);
    else missing.push(key);
  }
  return found;
}

const recordSchema = z.object({ original: z.object({ key: z.string() }) });

/** The whole table is read, whatever the status: it has no index by that. */
async function ofStatus({ status, prefix, keys }: Choice, { table, tableName }: Source): Promise<string[]> {
  if (tableName === undefined)
    throw new UsageError("--status needs --table as well: the stack's output metadata_table_name.");
  const asked = {
    TableName: tableName,
    ProjectionExpression: "original.#key",
    FilterExpression: "#status = :status AND begins_with(original.#key, :prefix)",
    ExpressionAttributeNames: { "#status": "status", "#key": "key" },
    ExpressionAttributeValues: { ":status": status, ":prefix": prefix },
  };
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: table }, asked))
    found.push(...Items.map((item) => recordSchema.parse(item).original.key));
  return keys === undefined ? found : found.filter((key) => keys.includes(key));
}

/** Keys in a listing are URL-encoded, with `+` for a space. */
function decoded(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}

/** The console makes an empty object for a folder. It is no image. */
function isFolder({ Key = "", Size = 0 }: _Object): boolean {
  return decoded(Key).endsWith("/") && Size === 0;
}

/** As S3 sorts: by the bytes of UTF-8. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
