import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DeleteObjectsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const SCHEDULE = "image-pipeline-dev-storage-metrics";

function cloudWatchOf({ engine: { endpoint, region } }: Pipeline): CloudWatchClient {
  return new CloudWatchClient({ endpoint, region, credentials: CREDENTIALS });
}

/** The latest value that was published of a bucket; undefined when none was. */
async function latest(pipeline: Pipeline, metric: string, bucket: string): Promise<number | undefined> {
  const { MetricDataResults } = await cloudWatchOf(pipeline).send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      MetricDataQueries: [
        {
          Id: "m",
          MetricStat: {
            Metric: {
              Namespace: "image-pipeline-dev",
              MetricName: metric,
              // The very dimensions that the dashboard and the alarm ask for.
              Dimensions: [
                { Name: "service", Value: "collect-storage-metrics" },
                { Name: "BucketName", Value: bucket },
              ],
            },
            Period: 300,
            Stat: "Maximum",
          },
        },
      ],
    }),
  );
  return MetricDataResults?.[0]?.Values?.[0];
}

const put = (pipeline: Pipeline, key: string, bytes: number) =>
  pipeline.clients.s3.send(
    new PutObjectCommand({ Bucket: pipeline.names.processed, Key: key, Body: Buffer.alloc(bytes) }),
  );

describe("buckets that can be listed", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ IMAGE_PIPELINE_STORAGE_METRICS: '{"maxPages": 2}' });
  });
  afterAll(() => pipeline.stop());

  it("are counted, each by itself, page after page, with old versions", async () => {
    await put(pipeline, "one", 3);
    await put(pipeline, "one", 4);
    await pipeline.engine.schedules.run(SCHEDULE);
    expect(await latest(pipeline, "NumberOfObjects", pipeline.names.processed)).toBe(2);
    expect(await latest(pipeline, "BucketSizeBytes", pipeline.names.processed)).toBe(7);
    expect(await latest(pipeline, "NumberOfObjects", pipeline.names.original)).toBe(0);

    // A page is a thousand, with what marks objects as deleted.
    await put(pipeline, "first", 5);
    const Objects = Array.from({ length: 1000 }, (_, index) => ({ Key: `gone/${index}` }));
    await pipeline.clients.s3.send(
      new DeleteObjectsCommand({ Bucket: pipeline.names.processed, Delete: { Objects } }),
    );
    await pipeline.engine.schedules.run(SCHEDULE);
    expect(await latest(pipeline, "NumberOfObjects", pipeline.names.processed)).toBe(3);
    expect(await latest(pipeline, "BucketSizeBytes", pipeline.names.processed)).toBe(12);
  });
});

describe("buckets that are too large to list", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ IMAGE_PIPELINE_STORAGE_METRICS: '{"maxPages": 0}' });
  });
  afterAll(() => pipeline.stop());

  const withholdQuestion = () =>
    pipeline.engine.permissions.withhold({
      role: "image-pipeline-dev-collect-storage-metrics-role",
      action: "cloudwatch:GetMetricData",
    });

  it("have no figures without the right to ask CloudWatch", async () => {
    const giveBack = withholdQuestion();
    await expect(pipeline.engine.schedules.run(SCHEDULE)).rejects.toThrow(/cloudwatch:GetMetricData/);
    giveBack();
  });

  it("have what S3 says of them once a day, over all storage classes, and nothing while it says nothing", async () => {
    const yesterday = new Date(Date.now() - 86_400_000);
    const daily = (MetricName: string, StorageType: string, Value: number) => ({
      MetricName,
      Timestamp: yesterday,
      Value,
      Dimensions: [
        { Name: "BucketName", Value: pipeline.names.original },
        { Name: "StorageType", Value: StorageType },
      ],
    });
    await cloudWatchOf(pipeline).send(
      new PutMetricDataCommand({
        Namespace: "AWS/S3",
        MetricData: [
          daily("NumberOfObjects", "AllStorageTypes", 12_345_678),
          daily("BucketSizeBytes", "StandardStorage", 1e12),
          daily("BucketSizeBytes", "GlacierInstantRetrievalStorage", 2e12),
        ],
      }),
    );
    await pipeline.engine.schedules.run(SCHEDULE);
    expect(await latest(pipeline, "NumberOfObjects", pipeline.names.original)).toBe(12_345_678);
    expect(await latest(pipeline, "BucketSizeBytes", pipeline.names.original)).toBe(3e12);
    expect(await latest(pipeline, "NumberOfObjects", pipeline.names.processed)).toBeUndefined();
  });

  it("are listed no more than once an hour, and asked for no more often", async () => {
    // A fault takes the place of the second question: it is not asked.
    const giveBack = withholdQuestion();
    await expect(pipeline.engine.schedules.run(SCHEDULE)).resolves.toBeUndefined();
    giveBack();
  });
});
