/** Records what an attempt came to, counts it, and clears up after it. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { mayPublish } from "../shared/image-record.ts";
import { publishedPrefix, versionOf } from "../shared/keys.ts";
import { persistently } from "../shared/persistently.ts";
import type { PublicPlace } from "../shared/public-copies.ts";
import { markAsRecorded } from "../shared/replaced.ts";
import { environmentVariable } from "../shared/settings.ts";
import type { Execution, Image } from "../shared/state.ts";
import { logger } from "../shared/step.ts";
import { deleteObjects, keysUnder, s3 } from "../shared/storage.ts";
import { readRecord, table } from "../shared/table.ts";
import { bytesSaved, type Outcome } from "./outcome.ts";
import { type Written, writeOutcome } from "./table.ts";

const tableName = environmentVariable("METADATA_TABLE");
const processedBucket = environmentVariable("PROCESSED_BUCKET");
export const publicPlace: PublicPlace = { tableName, processedBucket, s3, table };
const metrics = new Metrics();

/**
 * What has to be cleared up after it is left to the caller, who tells the owner first: what happens to the image meanwhile is told later.
 * @param condition as `writeOutcome` takes it.
 */
export async function record(
  outcome: Outcome,
  condition?: Parameters<typeof writeOutcome>[2],
): Promise<Written> {
  const written = await writeOutcome(tableName, outcome, condition);
  if (written.what === "recorded") publishMetrics(outcome);
  return written;
}

/** What was replaced goes after a while; the files of an attempt that nobody will ever point to go at once. */
export async function clearUp(outcome: Outcome, { replaced, pointsTo }: Written): Promise<void> {
  const { attempt, mayHaveFiles } = outcome;
  if (replaced !== undefined)
    await atBest("Replaced files stay", () =>
      markAsRecorded(publicPlace, outcome.imageId, replaced, pointsTo[0]),
    );
  if (mayHaveFiles && !pointsTo.includes(versionOf(attempt.execution)))
    await deleteFilesOf(
      { ...outcome, sequencer: attempt.sequencer },
      { ...attempt.execution, startedAt: outcome.startedAt },
    );
}

/** All that an execution has written and may not publish. What was given up on before it began may have begun since. */
export async function deleteFilesOf(
  image: Pick<Image, "imageId" | "owner" | "sequencer">,
  execution: Execution,
): Promise<void> {
  await atBest("Files that were not published stay", async () => {
    const files = await keysUnder(processedBucket, publishedPrefix(image, versionOf(execution)));
    if (files.length === 0) return;
    const record = await readRecord(tableName, image.imageId);
    if (!(record && mayPublish(record, image, execution))) await deleteObjects(processedBucket, files);
  });
}

/** The outcome stands, whether or not this can be done. */
export async function atBest(without: string, work: () => Promise<void>): Promise<void> {
  await persistently(work).catch((error: unknown) => logger.warn(without, { error }));
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
