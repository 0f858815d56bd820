/** The keys of the images that are meant, in the order in which S3 lists them. */
import { type _Object, ListObjectsV2Command } from "@aws-sdk/client-s3";
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

export interface Page {
  keys: string[];
  isLast: boolean;
}

/** What S3 lists at a time. */
const PAGE_SIZE = 1000;

/** @param onMissing is told of keys that were named and are not there. */
export async function* pagesOf(
  choice: Choice,
  target: Source,
  onMissing: (key: string) => void,
): AsyncGenerator<Page> {
  if (choice.status === undefined && choice.keys === undefined) yield* listed(choice, target);
  else {
    const keys = choice.status === undefined ? named(choice, target, onMissing) : ofStatus(choice, target);
    yield* inPages((await keys).sort(compareUtf8), choice);
  }
}

async function* listed({ prefix, startAfter }: Choice, { s3, bucket }: Source): AsyncGenerator<Page> {
  for (let token: string | undefined, isLast = false; !isLast; ) {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        StartAfter: startAfter,
        ContinuationToken: token,
        MaxKeys: PAGE_SIZE,
        // Keys may have characters that XML has not.
        EncodingType: "url",
      }),
    );
    token = page.NextContinuationToken;
    isLast = token === undefined;
    const images = (page.Contents ?? []).filter((object) => !isFolder(object));
    yield { keys: images.map(({ Key = "" }) => decoded(Key)), isLast };
  }
}

/** Of the keys that were named, those that are there. */
async function named(
  { keys = [] }: Choice,
  { s3, bucket }: Source,
  onMissing: (key: string) => void,
): Promise<string[]> {
  const found: string[] = [];
  for (const key of new Set(keys)) {
    // A key is the first of all that start with it, so that the right to list is enough.
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1, EncodingType: "url" }),
    );
    const isThere = Contents.some((object) => decoded(object.Key ?? "") === key && !isFolder(object));
    if (isThere) found.push(key);
    else onMissing(key);
  }
  return found;
}

const recordSchema = z.object({ original: z.object({ key: z.string() }) });

/** The whole table is read, whatever the status: it has no index by that. */
async function ofStatus({ status, prefix, keys }: Choice, { table, tableName }: Source): Promise<string[]> {
  if (tableName === undefined)
    throw new UsageError("--status needs --table as well: the stack's output metadata_table_name.");
  const found: string[] = [];
  const pages = paginateScan(
    { client: table },
    {
      TableName: tableName,
      ProjectionExpression: "#original.#key",
      FilterExpression: "#status = :status AND begins_with(#original.#key, :prefix)",
      ExpressionAttributeNames: {
        "#status": "status",
        "#original": "original",
        "#key": "key",
      },
      ExpressionAttributeValues: { ":status": status, ":prefix": prefix },
    },
  );
  for await (const { Items = [] } of pages)
    found.push(...Items.map((item) => recordSchema.parse(item).original.key));
  return keys === undefined ? found : found.filter((key) => keys.includes(key));
}

function* inPages(sorted: string[], { startAfter }: Choice): Generator<Page> {
  const rest = startAfter === undefined ? sorted : sorted.filter((key) => compareUtf8(key, startAfter) > 0);
  for (let start = 0; start === 0 || start < rest.length; start += PAGE_SIZE) {
    const end = start + PAGE_SIZE;
    yield { keys: rest.slice(start, end), isLast: end >= rest.length };
  }
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
