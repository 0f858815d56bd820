/**
 * Publishes how much is in each bucket: BucketSizeBytes and NumberOfObjects, of all versions, as they are now.
 *
 * S3 says it itself, once a day and for nothing. To know it every five minutes a bucket has to be listed, at a price that grows
 * with the bucket. So a bucket is listed as long as it has no more pages than MAX_PAGES; beyond that, S3's daily
 * figures are passed on, which cost the same for any bucket. (Going on with the listing in the next run would be a figure of no
 * moment at all: a bucket of 100 million objects takes 100,000 pages. An inventory is daily too, and is paid by the object.)
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import * as z from "zod";
import { settingFromEnvironment } from "../shared/settings.ts";
import { dailyFigures } from "./daily.ts";
import { type Figures, listedFigures } from "./listing.ts";

const buckets = settingFromEnvironment("BUCKETS", z.array(z.string()).min(1));
const maxPages = settingFromEnvironment("MAX_PAGES", z.int().min(0));
const logger = new Logger();
const heartbeat = new Metrics();

type Storage = Figures & { source: "listed" | "daily" };

/** @returns what was published, by bucket; a bucket of which nothing is known is not in it. */
export const handler = async (): Promise<Record<string, Storage>> => {
  const published: Record<string, Storage> = {};
  for (const bucket of buckets) {
    const storage = await measure(bucket, Date.now());
    if (storage === undefined) continue;
    publish(bucket, storage);
    published[bucket] = storage;
  }
  // What tells that it was measured at all, also when nothing could be said about some bucket.
  heartbeat.addMetric("StorageMeasurements", MetricUnit.Count, 1);
  heartbeat.publishStoredMetrics();
  logger.info("Storage measured", { published });
  return published;
};

/** Of buckets that were too large to list, for as long as this process lives: their figures, and when they are asked for again. */
const large = new Map<string, { figures: Figures | undefined; untilMs: number }>();
const HOUR_MS = 3_600_000;

/** @returns undefined for a bucket that is too large to list and too young for daily figures. */
async function measure(bucket: string, nowMs: number): Promise<Storage | undefined> {
  const known = large.get(bucket);
  if (known !== undefined && nowMs < known.untilMs)
    return known.figures && { ...known.figures, source: "daily" };
  const listed = await listedFigures(bucket, maxPages);
  if (listed !== undefined) {
    large.delete(bucket);
    return { ...listed, source: "listed" };
  }
  const figures = await dailyFigures(bucket, nowMs);
  large.set(bucket, { figures, untilMs: nowMs + HOUR_MS });
  return figures && { ...figures, source: "daily" };
}

function publish(bucket: string, { bytes, objects }: Figures): void {
  const metrics = new Metrics({ defaultDimensions: { BucketName: bucket } });
  metrics.addMetric("BucketSizeBytes", MetricUnit.Bytes, bytes);
  metrics.addMetric("NumberOfObjects", MetricUnit.Count, objects);
  metrics.publishStoredMetrics();
}
