/**
 * Metrics in lines of a log, in CloudWatch's embedded metric format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import * as z from "zod";
import { parsedJson } from "../../json.ts";
import type { Datum } from "./store.ts";

const lineSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

export function embeddedIn(line: string): Datum[] {
  if (!line.includes('"_aws"')) return [];
  const parsed = lineSchema.safeParse(parsedJson(line));
  if (!parsed.success) return [];
  const { _aws: about, ...fields } = parsed.data;
  return about.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.flatMap(({ Name: name }) =>
        [fields[name]]
          .flat()
          .filter((value) => typeof value === "number")
          .map((value) => ({
            namespace,
            name,
            dimensions: Object.fromEntries(names.map((dimension) => [dimension, String(fields[dimension])])),
            atMs: about.Timestamp,
            value,
          })),
      ),
    ),
  );
}
