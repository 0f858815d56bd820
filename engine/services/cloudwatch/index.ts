/** CloudWatch metrics in memory: what functions write into their logs, and what is put; to be asked for again. */
import type { DoorService } from "../../http/endpoint.ts";
import { jsonAnswer, jsonError } from "./answer.ts";
import { embeddedIn } from "./embedded.ts";
import { getMetricData, type MetricDataRequest } from "./query.ts";
import { type Datum, Store } from "./store.ts";

export interface Metrics {
  service: DoorService;
  /** Takes the metrics out of a line of a function's log, where there are any. */
  collect(line: string): void;
}

export function createMetrics(): Metrics {
  const store = new Store();
  return {
    collect: (line) => {
      for (const datum of embeddedIn(line)) store.put(datum);
    },
    service: async (_request, response, call) => {
      const input = JSON.parse((await call.body()).toString("utf8") || "{}");
      if (call.operation === "GetMetricData")
        return jsonAnswer(response, getMetricData(store, input as MetricDataRequest));
      if (call.operation === "PutMetricData") {
        for (const datum of dataOf(input as PutMetricData)) store.put(datum);
        return jsonAnswer(response, {});
      }
      jsonError(response, "InvalidAction", `This engine's CloudWatch does not have ${call.operation}.`);
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
