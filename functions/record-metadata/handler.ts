/** Writes down what became of an image, and clears up after it: the last step of a success, the first of the failure branch. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { ImageSuperseded } from "../shared/errors.ts";
import { fileKeysOf } from "../shared/image-record.ts";
import { publishedPrefix, versionOf } from "../shared/keys.ts";
import { environmentVariable } from "../shared/settings.ts";
import { type State, stateSchema } from "../shared/state.ts";
import { logger, step, stepInputSchema } from "../shared/step.ts";
import { deleteObjects, keysUnder, markReplaced } from "../shared/storage.ts";
import { bytesSaved, type Outcome, outcomeOf, summarize } from "./outcome.ts";
import { type Written, writeOutcome } from "./table.ts";

const tableName = environmentVariable("METADATA_TABLE");
const stagingBucket = environmentVariable("STAGING_BUCKET");
const processedBucket = environmentVariable("PROCESSED_BUCKET");
const metrics = new Metrics();

export const handler = step(stepInputSchema.extend({ state: stateSchema }), async ({ state, execution }) => {
  const outcome = outcomeOf(state, execution, new Date());
  const written = await writeOutcome(tableName, outcome);
  if (written.what === "recorded") publishMetrics(outcome);
  const isSuperseded = written.what === "superseded";
  await Promise.all([
    // No step needs the pixels any more. Those of a failure may be looked at, until they expire.
    ...(outcome.publication || isSuperseded ? [deleteStaged(state)] : []),
    clearUp(outcome, written, versionOf(execution)),
  ]);
  if (isSuperseded)
    throw new ImageSuperseded("A newer version of the image was recorded first, or the image was deleted.");
  const { status, rejection, error } = outcome.attempt;
  return {
    status,
    notification: {
      summary: summarize(outcome),
      status,
      imageId: outcome.imageId,
      name: outcome.name,
      original: { bucket: state.image.bucket, key: state.image.key },
      ...(rejection && { rejection }),
      ...(error && { error }),
      variants: fileKeysOf(outcome.publication),
      execution: execution.arn,
    },
  };
});

async function deleteStaged({ resize }: State): Promise<void> {
  const keys = new Set(resize?.result.variants.map(({ key }) => key));
  await atBest("Staged pixels stay until they expire", deleteObjects(stagingBucket, [...keys]));
}

/** What was replaced goes after a while; the files of an attempt that nobody will ever point to go at once. */
async function clearUp(outcome: Outcome, { replaced, pointsTo }: Written, version: string): Promise<void> {
  if (replaced !== undefined)
    await atBest("Replaced files stay", markReplaced(processedBucket, fileKeysOf(replaced)));
  if (outcome.mayHaveFiles && !pointsTo.includes(version))
    await atBest(
      "Files that were not published stay",
      keysUnder(processedBucket, publishedPrefix(outcome.imageId, version)).then((keys) =>
        deleteObjects(processedBucket, keys),
      ),
    );
}

/** The outcome stands, whether or not this can be done. */
async function atBest(without: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => logger.warn(without, { error }));
}

const OUTCOME_METRICS = {
  PROCESSED: "ImagesProcessed",
  REJECTED: "ImagesRejected",
  FAILED: "ImagesFailed",
} as const;

/** Once per outcome: a repeated write of the same one counts nothing. */
function publishMetrics(outcome: Outcome): void {
  metrics.addMetric(OUTCOME_METRICS[outcome.attempt.status], MetricUnit.Count, 1);
  metrics.addMetric("Duration", MetricUnit.Milliseconds, outcome.totalMs);
  if (outcome.publication) metrics.addMetric("BytesSaved", MetricUnit.Bytes, bytesSaved(outcome.publication));
  metrics.publishStoredMetrics();
}
