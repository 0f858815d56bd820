/** CloudWatch metrics in memory: what functions write into their logs, and what is put; to be asked for again. */
import * as z from "zod";
import { jsonAnswer, readAwsJson } from "../../http/aws-json.ts";
import { jsonErrors } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { embeddedIn } from "./embedded.ts";
import { getMetricData, type MetricDataRequest } from "./query.ts";
import { type Datum, Store } from "./store.ts";

export const CLOUDWATCH: ServiceDescription = {
  name: "monitoring",
  title: "CloudWatch",
  operations: ["GetMetricData", "PutMetricData"],
};

export interface Cloudwatch extends Service {
  /** Takes the metrics out of a line of a function's log, where there are any. */
  collect(line: string): void;
}

export function createCloudwatch(): Cloudwatch {
  const store = new Store();
  const operations: Record<string, (input: unknown) => object> = {
    GetMetricData: (input) => getMetricData(store, input as MetricDataRequest),
    PutMetricData: (input) => {
      for (const datum of dataOf(input as PutMetricData)) store.put(datum);
      return {};
    },
  };
  return {
    apis: [
      {
        ...CLOUDWATCH,
        target: "GraniteServiceVersion20100801",
        async read(call) {
          const { operation, input } = await readAwsJson(call);
          // There are no resources that could be named, only a namespace.
          const { data } = z.object({ Namespace: z.string() }).safeParse(input);
          const context = data ? { "cloudwatch:namespace": data.Namespace } : {};
          return {
            name: operation,
            permissions: [{ action: `cloudwatch:${operation}`, resource: "*", context }],
            perform: () => jsonAnswer(operations[operation]?.(input) ?? {}),
          };
        },
        writeError: jsonErrors(),
      },
    ],
    resources: {},
    collect: (line) => {
      for (const datum of embeddedIn(line)) store.put(datum);
    },
  };
}

interface PutMetricData {
  Namespace: string;
  MetricData: {
    MetricName: string;
    Dimensions?: { Name: string; Value: string }[];
    /** Seconds since 1970. */
    Timestamp?: number;
    Value: number;
  }[];
}

function dataOf({ Namespace: namespace, MetricData }: PutMetricData): Datum[] {
  return MetricData.map(({ MetricName: name, Dimensions = [], Timestamp, Value: value }) => ({
    namespace,
    name,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    atMs: Timestamp === undefined ? Date.now() : Timestamp * 1000,
    value,
  }));
}
