/** GetMetricData, as far as single metrics go: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import type { Store } from "./store.ts";

export interface MetricDataRequest {
  /** Seconds since 1970. */
  StartTime: number;
  EndTime: number;
  ScanBy?: "TimestampAscending" | "TimestampDescending";
  MetricDataQueries: {
    Id: string;
    MetricStat?: {
      Metric: { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: string }[] };
      Period: number;
      Stat: string;
    };
  }[];
}

type Statistic = (values: number[]) => number;
const sum: Statistic = (values) => values.reduce((total, value) => total + value, 0);
const statistics: Record<string, Statistic> = {
  Average: (values) => sum(values) / values.length,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  SampleCount: (values) => values.length,
  Sum: sum,
};

export function getMetricData(store: Store, request: MetricDataRequest): object {
  const { StartTime, EndTime, ScanBy = "TimestampDescending", MetricDataQueries } = request;
  return {
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }) => {
      const statistic = MetricStat && statistics[MetricStat.Stat];
      if (!MetricStat || !statistic) return { Id, StatusCode: "InternalError", Timestamps: [], Values: [] };
      const { Metric, Period } = MetricStat;
      const metric = {
        namespace: Metric.Namespace,
        name: Metric.MetricName,
        dimensions: Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
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
