/** The dashboard: everything that tells how the pipeline is doing, from what goes in to what it costs. */
import { estimateExpression, imageDollars } from "./costs/estimate.ts";
import type { Settings } from "./settings.ts";

export interface DashboardParts {
  region: string;
  namePrefix: string;
  settings: Settings;
  functions: { shortName: string; name: string; memoryMb: number }[];
  queueName: string;
  deadLetterName: string;
  stateMachineArn: string;
  apiId: string;
  tableName: string;
  /** Names, by what they are for. */
  buckets: Record<string, string>;
  alarmArns: string[];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
interface Widget {
  type: string;
  width: number;
  height: number;
  properties: Record<string, unknown>;
}

/** A metric, or a calculation with metrics, as a widget has it. */
type Line = (string | Record<string, unknown>)[];

const WHOLE_WIDTH = 24;

export function dashboardBody(parts: DashboardParts): string {
  return JSON.stringify({
    start: "-P1D",
    periodOverride: "inherit",
    widgets: [
      {
        type: "alarm",
        width: WHOLE_WIDTH,
        height: 3,
        properties: { title: "Alarms", alarms: parts.alarmArns },
      },
      ...images(parts),
      ...queue(parts),
      ...functions(parts),
      ...api(parts),
      ...storageAndCost(parts),
      ...users(parts),
    ],
  });
}

function images({ region, namePrefix, stateMachineArn, functions }: DashboardParts): Widget[] {
  const outcome = (name: string, label: string, colour: string): Line => [
    namePrefix,
    name,
    "service",
    "record-metadata",
    { label, color: colour, stat: "Sum" },
  ];
  const execution = (name: string): Line => [
    "AWS/States",
    name,
    "StateMachineArn",
    stateMachineArn,
    { stat: "Sum" },
  ];
  const steps = functions.filter(({ shortName }) =>
    ["validate", "resize", "watermark", "record-metadata"].includes(shortName),
  );
  const durations = (stat: string) =>
    graph(region, `Duration by step, ${stat}`, 8, [
      ["AWS/States", "ExecutionTime", "StateMachineArn", stateMachineArn, { stat, label: "whole execution" }],
      ...steps.map(
        ({ shortName, name }): Line => [
          "AWS/Lambda",
          "Duration",
          "FunctionName",
          name,
          { stat, label: shortName },
        ],
      ),
    ]);
  return [
    graph(
      region,
      "Images by outcome",
      12,
      [
        outcome("ImagesProcessed", "processed", "#2ca02c"),
        outcome("ImagesRejected", "rejected", "#ff7f0e"),
        outcome("ImagesFailed", "failed", "#d62728"),
      ],
      { stacked: true },
    ),
    graph(
      region,
      "Executions",
      12,
      [
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsFailed",
        "ExecutionsTimedOut",
        "ExecutionsAborted",
        "ExecutionThrottled",
      ].map(execution),
    ),
    ...["p50", "p90", "p99"].map(durations),
  ];
}

function queue({ region, queueName, deadLetterName }: DashboardParts): Widget[] {
  const messages = (queue: string, name: string, label: string): Line => [
    "AWS/SQS",
    name,
    "QueueName",
    queue,
    { stat: "Maximum", label },
  ];
  return [
    graph(region, "Uploads that wait", 8, [
      messages(queueName, "ApproximateNumberOfMessagesVisible", "waiting"),
      messages(queueName, "ApproximateNumberOfMessagesNotVisible", "being started"),
    ]),
    graph(region, "Age of the oldest upload that waits (s)", 8, [
      messages(queueName, "ApproximateAgeOfOldestMessage", "age"),
    ]),
    graph(region, "Dead letters", 8, [
      messages(deadLetterName, "ApproximateNumberOfMessagesVisible", "dead letters"),
    ]),
  ];
}

function functions({ region, functions }: DashboardParts): Widget[] {
  const byFunction = (title: string, metric: string, stat: string) =>
    graph(
      region,
      title,
      6,
      functions.map(({ shortName, name }) => [
        "AWS/Lambda",
        metric,
        "FunctionName",
        name,
        { stat, label: shortName },
      ]),
    );
  return [
    byFunction("Lambda invocations", "Invocations", "Sum"),
    byFunction("Lambda errors", "Errors", "Sum"),
    byFunction("Lambda throttles", "Throttles", "Sum"),
    byFunction("Lambda concurrency", "ConcurrentExecutions", "Maximum"),
  ];
}

function api({ region, namePrefix, apiId, tableName }: DashboardParts): Widget[] {
  const gateway = (name: string, stat: string, label: string): Line => [
    "AWS/ApiGateway",
    name,
    "ApiId",
    apiId,
    { stat, label },
  ];
  const table = (name: string): Line => ["AWS/DynamoDB", name, "TableName", tableName, { stat: "Sum" }];
  return [
    graph(region, "API requests", 6, [
      gateway("Count", "Sum", "requests"),
      gateway("4xx", "Sum", "4xx"),
      gateway("5xx", "Sum", "5xx"),
    ]),
    graph(
      region,
      "API latency (ms)",
      6,
      ["p50", "p90", "p99"].map((stat) => gateway("Latency", stat, stat)),
    ),
    graph(region, "Downloads", 6, [
      [namePrefix, "Downloads", "service", "api-view", { stat: "Sum", label: "downloads" }],
    ]),
    graph(region, "Table: capacity and throttles", 6, [
      table("ConsumedReadCapacityUnits"),
      table("ConsumedWriteCapacityUnits"),
      table("ReadThrottleEvents"),
      table("WriteThrottleEvents"),
    ]),
  ];
}

function storageAndCost(parts: DashboardParts): Widget[] {
  const { region, namePrefix, buckets } = parts;
  const storage = (metric: string): Line[] =>
    Object.entries(buckets).map(([label, bucket]) => [
      namePrefix,
      metric,
      "service",
      "collect-storage-metrics",
      "BucketName",
      bucket,
      { stat: "Maximum", label },
    ]);
  return [
    graph(region, "Bytes in the buckets", 8, storage("BucketSizeBytes"), { stacked: true }),
    graph(region, "Objects in the buckets", 8, storage("NumberOfObjects"), { stacked: true }),
    graph(region, "Estimated cost per thousand images ($)", 8, cost(parts), { period: 3600 }),
  ];
}

/** Who takes how much of it, from the functions' logs, as if each image had 12 megapixels. What is kept `npm run usage` counts, too. */
function users({ region, functions, settings }: DashboardParts): Widget[] {
  const logsOf = (kind: (shortName: string) => boolean) =>
    functions
      .filter(({ shortName }) => kind(shortName))
      .map(({ name }) => `SOURCE '/aws/lambda/${name}'`)
      .join(" | ");
  return [
    table(
      region,
      "Attempts at images, by user, and about what they cost to process ($)",
      `${logsOf((name) => name === "validate")} | filter message = "Step done" or message = "Image rejected"
        | filter substr(key, 0, 6) = "users/" | parse key "users/*/*" as user, file
        | stats count(*) as attempts, attempts * ${imageDollars(settings.workflowType)} as dollars by user | sort attempts desc | limit 20`,
    ),
    table(
      region,
      "Requests to the API, by user",
      `${logsOf((name) => name.startsWith("api-"))} | filter message = "Request answered" or message = "Request refused"
        | stats count(*) as requests by userId | sort requests desc | limit 20`,
    ),
  ];
}

/** Of the pipeline's own functions: the API's have no part in what an image costs to process. */
const PIPELINE = ["start-execution", "validate", "resize", "watermark", "record-metadata"];

function cost({ namePrefix, functions, settings }: DashboardParts): Line[] {
  const steps = functions.filter(({ shortName }) => PIPELINE.includes(shortName));
  const expression = estimateExpression({
    functions: steps.map(({ memoryMb }, index) => ({
      durationMs: `d${index}`,
      invocations: `n${index}`,
      memoryMb,
    })),
    images: "(FILL(processed,0)+FILL(rejected,0)+FILL(failed,0))",
    architecture: settings.architecture,
    workflowType: settings.workflowType,
  });
  const hidden = (id: string) => ({ id, stat: "Sum", visible: false });
  return [
    [{ expression, label: "$ per 1,000 images", id: "cost" }],
    ...["Processed", "Rejected", "Failed"].map(
      (outcome): Line => [
        namePrefix,
        `Images${outcome}`,
        "service",
        "record-metadata",
        hidden(outcome.toLowerCase()),
      ],
    ),
    ...steps.flatMap(({ name }, index): Line[] => [
      ["AWS/Lambda", "Duration", "FunctionName", name, hidden(`d${index}`)],
      ["AWS/Lambda", "Invocations", "FunctionName", name, hidden(`n${index}`)],
    ]),
  ];
}

/** @param query of CloudWatch Logs Insights. */
function table(region: string, title: string, query: string): Widget {
  return {
    type: "log",
    width: 12,
    height: 6,
    properties: { title, region, view: "table", query: query.replaceAll(/\s+/g, " ") },
  };
}

function graph(
  region: string,
  title: string,
  width: number,
  metrics: Line[],
  more: Record<string, unknown> = {},
): Widget {
  return {
    type: "metric",
    width,
    height: 6,
    properties: { title, region, view: "timeSeries", stacked: false, period: 300, metrics, ...more },
  };
}
