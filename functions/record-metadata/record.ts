/** Records what an attempt came to, counts it, and clears up after it. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { fileKeysOf, type Publication } from "../shared/image-record.ts";
import { publishedPrefix, versionOf } from "../shared/keys.ts";
import { environmentVariable } from "../shared/settings.ts";
import { logger } from "../shared/step.ts";
import { deleteObjects, keysUnder, markReplaced, markShown } from "../shared/storage.ts";
import { readRecord } from "../shared/table.ts";
import { bytesSaved, type Outcome } from "./outcome.ts";
import { type Written, writeOutcome } from "./table.ts";

const tableName = environmentVariable("METADATA_TABLE");
const processedBucket = environmentVariable("PROCESSED_BUCKET");
const metrics = new Metrics();

/** @param condition as `writeOutcome` takes it. */
export async function record(
  outcome: Outcome,
  condition?: Parameters<typeof writeOutcome>[2],
): Promise<Written> {
  const written = await writeOutcome(tableName, outcome, condition);
  if (written.what === "recorded") publishMetrics(outcome);
  await clearUp(outcome, written);
  return written;
}

/** What was replaced goes after a while; the files of an attempt that nobody will ever point to go at once. */
async function clearUp(outcome: Outcome, { replaced, pointsTo }: Written): Promise<void> {
  const { attempt, mayHaveFiles } = outcome;
  if (replaced !== undefined)
    await atBest("Replaced files stay", () => markUnlessShown(outcome.imageId, replaced));
  if (mayHaveFiles && !pointsTo.includes(versionOf(attempt.execution)))
    await deleteFilesOf(outcome, attempt.execution);
}

/** What an operator has put back meanwhile is shown: it may have been before these marks, or is seen here. */
async function markUnlessShown(imageId: string, replaced: Publication[]): Promise<void> {
  await markReplaced(processedBucket, replaced.flatMap(fileKeysOf));
  const shown = (await readRecord(tableName, imageId))?.published;
  if (replaced.some(({ version }) => version === shown?.version))
    await markShown(processedBucket, fileKeysOf(shown));
}

/** All that an execution has written to be published. */
export async function deleteFilesOf(
  image: Parameters<typeof publishedPrefix>[0],
  execution: { arn: string },
): Promise<void> {
  const prefix = publishedPrefix(image, versionOf(execution));
  await atBest("Files that were not published stay", async () =>
    deleteObjects(processedBucket, await keysUnder(processedBucket, prefix)),
  );
}

/** Nobody comes back to clear up: a try is three of the SDK's, with waits. */
const TRIES = 4;

/** The outcome stands, whether or not this can be done. */
export async function atBest(without: string, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === TRIES) logger.warn(without, { error });
    }
  }
}

const OUTCOME_METRICS = {
  PROCESSED: "ImagesProcessed",
  REJECTED: "ImagesRejected",
  FAILED: "ImagesFailed",
} as const;

/** Once per outcome: a repeated write of the same one counts nothing. */
function publishMetrics({ attempt, totalMs, publication }: Outcome): void {
  metrics.addMetric(OUTCOME_METRICS[attempt.status], MetricUnit.Count, 1);
  metrics.addMetric("Duration", MetricUnit.Milliseconds, totalMs);
  if (publication) metrics.addMetric("BytesSaved", MetricUnit.Bytes, bytesSaved(publication));
  metrics.publishStoredMetrics();
}
