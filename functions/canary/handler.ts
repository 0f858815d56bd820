/** Sends one photograph through everything, again and again. That it comes out is counted; an alarm tells when nothing is. */
import { readFileSync } from "node:fs";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { environmentVariable } from "../shared/settings.ts";
import { logger } from "../shared/step.ts";
import { s3 } from "../shared/storage.ts";
import { table } from "../shared/table.ts";
import { type Trial, tryOut } from "./trial.ts";

/** Half of what the function has, as both are waited for: processing and deletion. */
const PATIENCE_MS = 120_000;

const pipeline = {
  s3,
  table,
  originalBucket: environmentVariable("ORIGINAL_BUCKET"),
  processedBucket: environmentVariable("PROCESSED_BUCKET"),
  tableName: environmentVariable("METADATA_TABLE"),
};
const photograph = readFileSync(new URL("canary.jpg", import.meta.url));
const metrics = new Metrics();

/** @throws CanaryFailed */
export const handler = async (): Promise<Trial> => {
  try {
    const trial = await tryOut(pipeline, photograph, PATIENCE_MS);
    metrics.addMetric("CanaryReturned", MetricUnit.Count, 1);
    metrics.addMetric("CanaryProcessing", MetricUnit.Milliseconds, trial.processedMs);
    metrics.publishStoredMetrics();
    logger.info("The canary is back", { ...trial });
    return trial;
  } catch (error) {
    logger.error("The canary did not come out", { error });
    throw error;
  }
};
