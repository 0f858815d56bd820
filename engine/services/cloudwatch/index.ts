/** CloudWatch metrics in memory: what functions write into their logs, and what is put; to be asked for again. */
import * as z from "zod";
import type { EngineContext } from "../../context.ts";
import { jsonService, readInput } from "../../http/aws-json.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { embeddedIn } from "./embedded.ts";
import { dimensionsSchema, getMetricData, getMetricDataInput } from "./query.ts";
import { type Datum, Store } from "./store.ts";

export const CLOUDWATCH: ServiceDescription = {
  name: "monitoring",
  title: "CloudWatch",
  operations: ["GetMetricData", "PutMetricData"],
};

export function createCloudwatch({ events }: Pick<EngineContext, "events">): Service {
  const store = new Store();
  events.on("log", ({ line }) => {
    for (const datum of embeddedIn(line)) store.put(datum);
  });
  const api = jsonService(CLOUDWATCH, {
    target: "GraniteServiceVersion20100801",
    operations: {
      GetMetricData: (input) => getMetricData(store, readInput(getMetricDataInput, input)),
      PutMetricData: (input) => {
        for (const datum of dataOf(readInput(putMetricDataInput, input))) store.put(datum);
        return {};
      },
    },
    permissionsFor(operation, input) {
      // There are no resources that could be named, only a namespace.
      const { data } = z.object({ Namespace: z.string() }).safeParse(input);
      const context = data ? { "cloudwatch:namespace": data.Namespace } : {};
      return [{ action: `cloudwatch:${operation}`, resource: "*", context }];
    },
  });
  return { apis: [api], resources: {} };
}

const putMetricDataInput = z.object({
  Namespace: z.string(),
  MetricData: z.array(
    z.object({
      MetricName: z.string(),
      Dimensions: dimensionsSchema,
      /** Seconds since 1970. */
      Timestamp: z.number().optional(),
      Value: z.number(),
    }),
  ),
});

function dataOf({ Namespace: namespace, MetricData }: z.infer<typeof putMetricDataInput>): Datum[] {
  return MetricData.map(({ MetricName: name, Dimensions: dimensions, Timestamp, Value: value }) => ({
    namespace,
    name,
    dimensions,
    atMs: Timestamp === undefined ? Date.now() : Timestamp * 1000,
    value,
  }));
}
