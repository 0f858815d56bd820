/** Images that are under way or have failed, whoever they belong to, each with the step that it is at. */
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type * as z from "zod";
import type { PipelineImage, PipelineImages } from "../api/contract-pipeline.ts";
import { audienceOf, CHANGES_KEY, changeSchema, type StartedStep } from "../shared/change.ts";
import {
  ATTENTION_INDEX,
  attentionsOf,
  imageRecordSchema,
  type NEEDS_ATTENTION,
} from "../shared/image-record.ts";
import { fileNameOf, ownerOf } from "../shared/keys.ts";
import { environmentVariable } from "../shared/settings.ts";
import { table } from "../shared/table.ts";

const metadataTable = environmentVariable("METADATA_TABLE");
const changesTable = environmentVariable("CHANGES_TABLE");

/** More than a page can show; of each status and shard. */
const MOST_OF_A_SHARD = 25;
/** Whose steps are asked for: those of others are told without. */
const MOST_AUDIENCES = 20;
/** The newest of each: an image has some six. */
const MOST_CHANGES = 300;
/** Clocks differ, and the step that is told first may be a moment older than the record. */
const OVERLAP_MS = 5_000;

const WAIT_MS = { underWay: 1_000, idle: 2_000 };

const itemSchema = imageRecordSchema
  .pick({ imageId: true, original: true })
  .extend({ lastAttempt: imageRecordSchema.shape.lastAttempt.unwrap() });
type Item = z.infer<typeof itemSchema>;

export async function imagesInPipeline(userId: string): Promise<PipelineImages> {
  const [underWay, failed] = await Promise.all([
    withStatus("PROCESSING", { isNewestFirst: false }),
    withStatus("FAILED", { isNewestFirst: true }),
  ]);
  const steps = await stepsOf(underWay.items);
  return {
    underWay: underWay.items.map((item) => {
      const step = steps.get(item.imageId);
      return { ...shown(item, userId), status: "PROCESSING" as const, ...(step && { step }) };
    }),
    failed: failed.items.map((item) => {
      const { name = "", message = "", state } = item.lastAttempt.error ?? {};
      const where = { error: name, reason: message, ...(state !== undefined && { name: state }) };
      return { ...shown(item, userId), status: "FAILED" as const, failed: where };
    }),
    isCut: underWay.isCut || failed.isCut,
    waitMs: underWay.items.length > 0 ? WAIT_MS.underWay : WAIT_MS.idle,
  };
}

function shown({ imageId, original, lastAttempt }: Item, userId: string): Omit<PipelineImage, "status"> {
  const owner = ownerOf(original.key);
  return {
    imageId,
    name: fileNameOf(original.key),
    ...(owner !== undefined && { owner }),
    isYours: owner === userId,
    since: lastAttempt.at,
  };
}

async function withStatus(
  status: (typeof NEEDS_ATTENTION)[number],
  { isNewestFirst }: { isNewestFirst: boolean },
): Promise<{ items: Item[]; isCut: boolean }> {
  const shards = await Promise.all(
    attentionsOf(status).map((attention) =>
      table.send(
        new QueryCommand({
          TableName: metadataTable,
          IndexName: ATTENTION_INDEX,
          KeyConditionExpression: "attention = :attention",
          ExpressionAttributeValues: { ":attention": attention },
          ScanIndexForward: !isNewestFirst,
          Limit: MOST_OF_A_SHARD,
        }),
      ),
    ),
  );
  const items = shards
    .flatMap(({ Items = [] }) => Items)
    // One that cannot be read is no reason not to show the others.
    .flatMap((item) => itemSchema.safeParse(item).data ?? [])
    .sort((a, b) => a.lastAttempt.at.localeCompare(b.lastAttempt.at));
  if (isNewestFirst) items.reverse();
  return { items, isCut: shards.some(({ LastEvaluatedKey }) => LastEvaluatedKey !== undefined) };
}

/** The step that each of them began last, by image. */
async function stepsOf(items: Item[]): Promise<Map<string, StartedStep>> {
  const audiences = Map.groupBy(items, ({ imageId, original }) =>
    audienceOf({ imageId, owner: ownerOf(original.key) }),
  );
  const asked = [...audiences].slice(0, MOST_AUDIENCES).map(([audience, own]) => latestSteps(audience, own));
  return new Map((await Promise.all(asked)).flatMap((steps) => [...steps]));
}

const stepChangeSchema = changeSchema.pick({ imageId: true, step: true });

async function latestSteps(audience: string, items: Item[]): Promise<Map<string, StartedStep>> {
  const since = Math.min(...items.map(({ lastAttempt }) => Date.parse(lastAttempt.at)));
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName: changesTable,
      KeyConditionExpression: "#owner = :audience AND #change > :since",
      ExpressionAttributeNames: { "#owner": CHANGES_KEY.hash, "#change": CHANGES_KEY.range },
      ExpressionAttributeValues: {
        ":audience": audience,
        ":since": new Date(since - OVERLAP_MS).toISOString(),
      },
      ScanIndexForward: false,
      Limit: MOST_CHANGES,
    }),
  );
  const steps = new Map<string, StartedStep>();
  for (const item of Items) {
    const { imageId, step } = stepChangeSchema.parse(item);
    // Newest first. What is told of an attempt before this one is older than the record.
    if (step && !steps.has(imageId)) steps.set(imageId, step);
  }
  return steps;
}
