/** The keys of the images that are meant, in the order in which S3 lists them. */
import { type _Object, ListObjectsV2Command, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { paginateQuery, paginateScan, type QueryCommandOutput } from "@aws-sdk/lib-dynamodb";
import type { Command } from "commander";
import * as z from "zod";
import { ATTENTION_INDEX, attentionsOf, NEEDS_ATTENTION } from "../functions/shared/image-record.ts";
import { decodeKey, isFolder } from "../functions/shared/keys.ts";
import type { Clients } from "./client.ts";
import { UsageError } from "./command.ts";

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
export interface Source extends Pick<Clients, "s3" | "table"> {
  bucket: string;
  /** Undefined where it was not named. */
  tableName: string | undefined;
}

export interface ChoiceOptions {
  key?: string[];
  prefix?: string;
  all?: true;
  status?: string;
  startAfter?: string;
}

/** Adds the options by which every command lets images be chosen. */
export function choosesImages(program: Command): Command {
  return program
    .option("--key <key...>", "these")
    .option("--prefix <prefix>", "all whose key starts with it, such as holidays/")
    .option("--all", "all there are");
}

/**
 * @param ways of choosing that the command has, beside `--all`.
 * @throws UsageError when that is no choice.
 */
export function choiceOf(
  { key, prefix, all, status, startAfter }: ChoiceOptions,
  ways = "--key or --prefix",
): Choice {
  const given = [key && "--key", prefix !== undefined && "--prefix", all && "--all"].filter(Boolean);
  if (given.length === 0 && status === undefined)
    throw new UsageError(`Which images? Say ${ways}, or --all for the whole bucket.`);
  if (given.length > 1) throw new UsageError(`${given.join(" and ")} do not go together. Say one of them.`);
  // As a variable that is not set leaves it.
  if (prefix === "" || key?.includes(""))
    throw new UsageError(`${given[0]} is empty. --all is the whole bucket.`);
  return { keys: key, prefix: prefix ?? "", status, startAfter };
}

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
    yield* imagesIn(Contents);
}

/** Of the keys that were named, those that are there. */
async function named(keys: string[], { s3, bucket }: Source, missing: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const key of new Set(keys)) {
    // A key is the first of all that start with it, so that the right to list is enough.
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1, EncodingType }),
    );
    if (imagesIn(Contents).includes(key)) found.push(key);
    else missing.push(key);
  }
  return found;
}

function imagesIn(listing: _Object[]): string[] {
  const objects = listing.map(({ Key = "", Size = 0 }) => ({ key: decodeKey(Key), bytes: Size }));
  return objects.filter((object) => !isFolder(object)).map(({ key }) => key);
}

const recordSchema = z.object({ original: z.object({ key: z.string() }) });

/** What failed, or is under way, is in an index; for others the whole table is read. */
async function ofStatus({ status, prefix, keys }: Choice, { table, tableName }: Source): Promise<string[]> {
  if (tableName === undefined)
    throw new UsageError("--status needs --table as well: the stack's output metadata_table_name.");
  const asked = {
    TableName: tableName,
    ProjectionExpression: "original.#key",
    ExpressionAttributeNames: { "#key": "key" },
  };
  const found: string[] = [];
  const keep = ({ Items = [] }: Pick<QueryCommandOutput, "Items">) => {
    const all = Items.map((item) => recordSchema.parse(item).original.key);
    found.push(...all.filter((key) => key.startsWith(prefix)));
  };
  const indexed = NEEDS_ATTENTION.find((one) => one === status);
  for (const attention of indexed ? attentionsOf(indexed) : []) {
    const condition = {
      IndexName: ATTENTION_INDEX,
      KeyConditionExpression: "attention = :attention",
      ExpressionAttributeValues: { ":attention": attention },
    };
    for await (const page of paginateQuery({ client: table }, { ...asked, ...condition })) keep(page);
  }
  if (!indexed) {
    const names = { ...asked.ExpressionAttributeNames, "#status": "status" };
    const condition = {
      FilterExpression: "#status = :status",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":status": status },
    };
    for await (const page of paginateScan({ client: table }, { ...asked, ...condition })) keep(page);
  }
  return keys === undefined ? found : found.filter((key) => keys.includes(key));
}

/** So many at a time, the last time what is left. */
export async function* inSteps(keys: AsyncIterable<string>, size: number): AsyncGenerator<string[]> {
  let step: string[] = [];
  for await (const key of keys) {
    step.push(key);
    if (step.length < size) continue;
    yield step;
    step = [];
  }
  if (step.length > 0) yield step;
}

/** As S3 sorts: by the bytes of UTF-8. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
