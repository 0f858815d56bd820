/** What S3 itself says about a bucket, once a day, of all versions in it. */
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Figures } from "./listing.ts";

const cloudWatch = new CloudWatchClient();

/** Where lifecycle rules of this stack may put objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html */
const STORAGE_TYPES = [
  "StandardStorage",
  "StandardIAStorage",
  "GlacierInstantRetrievalStorage",
  "GlacierStorage",
  "DeepArchiveStorage",
];

const DAY_SECONDS = 86_400;
/** Yesterday's figures may be some hours late. */
const DAYS_BACK = 3;

/** @returns the latest figures; undefined for a new bucket, which has none for a day or two. */
export async function dailyFigures(bucket: string, nowMs: number): Promise<Figures | undefined> {
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(nowMs - DAYS_BACK * DAY_SECONDS * 1000),
      EndTime: new Date(nowMs),
      ScanBy: "TimestampDescending",
      MetricDataQueries: [
        query("objects", bucket, "NumberOfObjects", "AllStorageTypes"),
        ...STORAGE_TYPES.map((type, index) => query(`bytes${index}`, bucket, "BucketSizeBytes", type)),
      ],
    }),
  );
  const latest = new Map(MetricDataResults.map(({ Id, Values }) => [Id, Values?.[0]]));
  const objects = latest.get("objects");
  if (objects === undefined) return undefined;
  return {
    objects,
    bytes: STORAGE_TYPES.reduce((sum, _, index) => sum + (latest.get(`bytes${index}`) ?? 0), 0),
  };
}

function query(id: string, bucket: string, metric: string, storageType: string): MetricDataQuery {
  return {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: "AWS/S3",
        MetricName: metric,
        Dimensions: [
          { Name: "BucketName", Value: bucket },
          { Name: "StorageType", Value: storageType },
        ],
      },
      Period: DAY_SECONDS,
      Stat: "Average",
    },
  };
}
