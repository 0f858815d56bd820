/** GetMetricData, as far as single metrics go: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import * as z from "zod";
import type { Store } from "./store.ts";

export const dimensionsSchema = z
  .array(z.object({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((dimensions) => Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])));

export const getMetricDataInput = z.object({
  /** Seconds since 1970. */
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.enum(["TimestampAscending", "TimestampDescending"]).default("TimestampDescending"),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      MetricStat: z
        .object({
          Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensionsSchema }),
          Period: z.number().positive(),
          Stat: z.string(),
        })
        .optional(),
    }),
  ),
});

type Statistic = (values: number[]) => number;
const sum: Statistic = (values) => values.reduce((total, value) => total + value, 0);
const statistics: Record<string, Statistic> = {
  Average: (values) => sum(values) / values.length,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  SampleCount: (values) => values.length,
  Sum: sum,
};

export function getMetricData(store: Store, request: z.infer<typeof getMetricDataInput>): object {
  const { StartTime, EndTime, ScanBy, MetricDataQueries } = request;
  return {
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }) => {
      const statistic = MetricStat && statistics[MetricStat.Stat];
      if (!MetricStat || !statistic) return { Id, StatusCode: "InternalError", Timestamps: [], Values: [] };
      const { Metric, Period } = MetricStat;
      const metric = {
        namespace: Metric.Namespace,
        name: Metric.MetricName,
        dimensions: Metric.Dimensions,
      };
      const periods = Map.groupBy(
        store.between(metric, StartTime * 1000, EndTime * 1000),
        ({ atMs }) => Math.floor(atMs / 1000 / Period) * Period,
      );
      const order = ScanBy === "TimestampDescending" ? -1 : 1;
      const points = [...periods].sort(([a], [b]) => order * (a - b));
      return {
        Id,
        Label: Metric.MetricName,
        StatusCode: "Complete",
        Timestamps: points.map(([start]) => start),
        Values: points.map(([, data]) => statistic(data.map(({ value }) => value))),
      };
    }),
  };
}
