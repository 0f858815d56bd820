/** Images that are under way or have failed, whoever they belong to, each with the step that it is at. */
import type * as z from "zod";
import { newestChanges } from "../api/changes-table.ts";
import type { PipelineEnded, PipelineImage, PipelineImages } from "../api/contract-pipeline.ts";
import { hasExpired, itemsOf } from "../api/records.ts";
import { audienceOf, type StartedStep } from "../shared/change.ts";
import { imageRecordSchema, type NEEDS_ATTENTION } from "../shared/image-record.ts";
import { fileNameOf, ownerOf } from "../shared/keys.ts";
import { environmentVariable } from "../shared/settings.ts";
import { queryAttention } from "../shared/table.ts";

const metadataTable = environmentVariable("METADATA_TABLE");

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

export async function imagesInPipeline(userId: string): Promise<Omit<PipelineImages, "ended">> {
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

const endedSchema = itemSchema
  .omit({ original: true })
  .extend(imageRecordSchema.pick({ expiresAt: true, deleteAt: true }).shape);

/** How images have ended that are in no list any more, whoever they belong to. */
export async function endedOf(imageIds: string[]): Promise<PipelineEnded[]> {
  const items = await itemsOf([...new Set(imageIds)]);
  return items.flatMap((item) => {
    const { data: record } = endedSchema.safeParse(item);
    if (record === undefined || hasExpired(record)) return [];
    const { status, at } = record.lastAttempt;
    return status === "PROCESSING" ? [] : [{ imageId: record.imageId, status, at }];
  });
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
  const shards = await queryAttention(metadataTable, status, {
    ScanIndexForward: !isNewestFirst,
    Limit: MOST_OF_A_SHARD,
  });
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

async function latestSteps(audience: string, items: Item[]): Promise<Map<string, StartedStep>> {
  const since = Math.min(...items.map(({ lastAttempt }) => Date.parse(lastAttempt.at)));
  const told = await newestChanges(audience, { from: new Date(since - OVERLAP_MS), most: MOST_CHANGES });
  const steps = new Map<string, StartedStep>();
  // The first is the newest. What is told of an attempt before this one is older than the record.
  for (const { imageId, step } of told.items) if (step && !steps.has(imageId)) steps.set(imageId, step);
  return steps;
}
