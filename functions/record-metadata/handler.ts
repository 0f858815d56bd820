/** Writes down what became of an image: the last step of a success, the first of the failure branch. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Outcome, OutcomeRecord } from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { stateSchema } from "../shared/state.ts";
import { step, stepInputSchema } from "../shared/step.ts";
import { bytesSaved, imageRecord, summarize } from "./record.ts";
import { writeRecord } from "./table.ts";

const tableName = environmentVariable("METADATA_TABLE");
const metrics = new Metrics();

export const handler = step(stepInputSchema.extend({ state: stateSchema }), async ({ state, execution }) => {
  const record = imageRecord(state, execution, new Date());
  const written = await writeRecord(tableName, record);
  if (written === "recorded") publishMetrics(record);
  return {
    status: record.status,
    superseded: written === "superseded",
    notification: {
      summary: summarize(record),
      status: record.status,
      imageId: record.imageId,
      name: record.name,
      original: { bucket: record.original.bucket, key: record.original.key },
      ...(record.rejection && { rejection: record.rejection }),
      ...(record.error && { error: record.error }),
      variants: record.variants.map(({ key }) => key),
      execution: record.execution.arn,
    },
  };
});

const OUTCOME_METRICS: Record<Outcome, string> = {
  PROCESSED: "ImagesProcessed",
  REJECTED: "ImagesRejected",
  FAILED: "ImagesFailed",
};

/** Once per outcome: a repeated write of the same one counts nothing. */
function publishMetrics(record: OutcomeRecord): void {
  metrics.addMetric(OUTCOME_METRICS[record.status], MetricUnit.Count, 1);
  metrics.addMetric("Duration", MetricUnit.Milliseconds, record.timingsMs.total);
  if (record.status === "PROCESSED") metrics.addMetric("BytesSaved", MetricUnit.Bytes, bytesSaved(record));
  metrics.publishStoredMetrics();
}
